import type { Rate } from '../../core/realtime/rate-limit.ts';

/** What one gateway takes; docs/realtime.md lists the defaults. */
export interface RealtimeLimits {
  /** Connections of the whole gateway. */
  readonly connections: number;
  readonly connectionsPerUser: number;
  readonly roomsPerConnection: number;
  /** Requests (subscribe and others) of one connection, and of all connections of one user. */
  readonly requests: Rate;
  readonly requestsPerUser: Rate;
  /** Packets of any kind of one connection; more end it. */
  readonly packets: Rate;
  /** Largest packet that a client may send. */
  readonly maxPacketBytes: number;
  /** What may wait for one client that reads slowly; more ends its connection. */
  readonly maxQueuedPackets: number;
  readonly maxQueuedBytes: number;
  /** Newest events kept in memory, from which most connections resume. */
  readonly recentEvents: number;
  readonly recentBytes: number;
  /** How far back those events are read when the gateway starts. */
  readonly recentMs: number;
  /** Connections that read missed events from the log at the same time. */
  readonly logReaders: number;
  /** Time in which a new connection must show its token. */
  readonly signInMs: number;
  /** Time that a returning client has to subscribe to its rooms again, while new positions still cover them. */
  readonly resubscribeMs: number;
  /** How often a quiet connection is told its position, and shared rooms are checked again. */
  readonly sweepMs: number;
  /** Kept events that one connection gets at once. */
  readonly inboxEvents: number;
}

export const defaultRealtimeLimits: RealtimeLimits = {
  connections: 10_000,
  connectionsPerUser: 20,
  roomsPerConnection: 100,
  requests: { perSecond: 50, burst: 200 },
  requestsPerUser: { perSecond: 100, burst: 400 },
  packets: { perSecond: 200, burst: 800 },
  maxPacketBytes: 128 * 1024,
  maxQueuedPackets: 2_000,
  maxQueuedBytes: 4 * 1024 * 1024,
  recentEvents: 100_000,
  recentBytes: 32 * 1024 * 1024,
  recentMs: 300_000,
  logReaders: 4,
  signInMs: 10_000,
  resubscribeMs: 15_000,
  sweepMs: 60_000,
  inboxEvents: 200,
};
