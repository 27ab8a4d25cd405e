import { createServer } from 'node:http';
import { Server } from 'socket.io';
import type { Subject } from '../../catalogue/events.generated.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import { type RealtimeFeed, realtimeTopics } from '../../catalogue/realtime.ts';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import { topicPositions } from '../../kafka/topic-positions.ts';
import { type ListeningServer, listening } from '../api/listening.ts';
import type { TokenVerifier } from '../auth/token-verifier.ts';
import { makeAccess } from './access.ts';
import { Connections } from './connections.ts';
import { type RealtimeCounters, Tally } from './counters.ts';
import { EventMaker } from './event-maker.ts';
import { Frontier } from './frontier.ts';
import { answerHttp } from './http.ts';
import { Hub } from './hub.ts';
import { defaultRealtimeLimits, type RealtimeLimits } from './limits.ts';
import type { LiveEvent } from './live-event.ts';
import { allowedOrigins, isAllowedRequest } from './origins.ts';
import { Owners } from './owners.ts';
import type { RealtimeLog } from './realtime-log.ts';
import { RecentEvents } from './recent-events.ts';
import { Reception } from './reception.ts';
import { Resumer, type ResumerOptions } from './resumer.ts';
import type { Session } from './session.ts';
import type { SharedAdapter } from './shared-adapter.ts';
import type { RealtimeStore } from './store.ts';
import { TopicFeed } from './topic-feed.ts';

export interface RealtimeGatewayOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Ports behind it that are tried when it is taken. @default 0 */
  readonly portsToTry?: number;
  readonly connection: KafkaConnection;
  readonly codec: Pick<Codec, 'decodeRecord'>;
  readonly verifier: TokenVerifier;
  readonly store: RealtimeStore;
  /** Origins of pages that may connect, see `allowedOrigins`. */
  readonly origins: readonly string[];
  readonly log: RealtimeLog;
  /** @default defaultRealtimeLimits */
  readonly limits?: Partial<RealtimeLimits>;
  /** Carries emits of servers between gateways. @default they stay on this gateway */
  readonly adapter?: SharedAdapter;
}

export interface RealtimeGateway {
  /** `http://127.0.0.1:8089` */
  readonly url: string;
  counters(): RealtimeCounters;
  /** Sends to a room on all gateways something that is in no log: whoever is absent misses it. */
  notify(room: string, name: string, data: unknown): void;
  /** Ends the connections of a user on all gateways. */
  disconnectUser(user: string): void;
  /** Tells clients to connect elsewhere, and stops. */
  close(): Promise<void>;
}

/**
 * Starts a gateway: reads the feeding topics, then takes connections.
 *
 * @throws AppError EVENTBUS_REALTIME_SETTINGS_INVALID, EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function startRealtimeGateway(options: RealtimeGatewayOptions): Promise<RealtimeGateway> {
  const limits = { ...defaultRealtimeLimits, ...options.limits };
  const check = allowedOrigins(options.origins);
  const http = createServer();
  const io = new Server(http, {
    maxHttpBufferSize: limits.maxPacketBytes,
    connectTimeout: limits.signInMs,
    // Pages bring the client along; files of this package are not beside the bundled program.
    serveClient: false,
    perMessageDeflate: false,
    cors: { origin: (origin, decide) => decide(null, origin === undefined || check(origin)), credentials: false },
    allowRequest: (request, decide) => {
      if (!isAllowedRequest(request, check)) decide('this origin is not allowed', false);
      else if (io.engine.clientsCount >= limits.connections) decide('too many connections', false);
      else decide(null, true);
    },
    ...(options.adapter === undefined ? {} : { adapter: options.adapter.adapter }),
  });
  const parts = assemble(io, options, limits);
  http.on('request', (request, response) => answerHttp(request, response, parts.counters));
  let server: ListeningServer;
  try {
    await Promise.all(parts.feeds.map(({ ready }) => ready));
    const { host, port, portsToTry } = options;
    server = await listening(http, { host, port, portsToTry, name: 'the realtime gateway' });
  } catch (error) {
    await parts.stop();
    throw error;
  }
  return {
    url: server.url,
    counters: parts.counters,
    notify: (room, name, data) => io.to(room).emit(name, data, { type: name, time: new Date().toISOString(), room }),
    disconnectUser: (user) => io.in(`user:${user}`).disconnectSockets(true),
    async close() {
      parts.reception.announceEnd(new AppError('EVENTBUS_REALTIME_CLOSING', 'connect to another gateway'));
      await io.close();
      http.closeAllConnections();
      await parts.stop();
    },
  };
}

function assemble(io: Server, options: RealtimeGatewayOptions, limits: RealtimeLimits) {
  const { connection, log, store, verifier } = options;
  const feeds = feedsOfCatalogue();
  const frontier = new Frontier();
  const recent = new RecentEvents(limits);
  const owners = new Owners(store);
  const [dropped, refused] = [new Tally(), new Tally()];
  const reading = eventMakers(feeds, owners, options);
  const { makers } = reading;
  const connections = new Connections(limits);
  const hub: Hub = new Hub({
    io,
    frontier,
    recent,
    onSlow: (session) => reception.dropSlow(session),
    sendKept: (session, event, subscription) => reception.sendKept(session, event, subscription),
  });
  const bounds = (topic: string) => topicPositions(connection, topic, []);
  const resumeLog = { bounds, frontier, recent, feeds };
  const onSlow = (session: Session) => reception.dropSlow(session);
  const onFailed: ResumerOptions['onFailed'] = (...failed) => reception.endRoom(...failed);
  const resumer = new Resumer({
    ...resumeLog,
    connection,
    hub,
    makers,
    logReaders: limits.logReaders,
    onSlow,
    onFailed,
  });
  const access = makeAccess(owners, store);
  const requests = { hub, resumer, log: resumeLog, feeds, access, store, verifier, limits };
  const shared = options.adapter !== undefined;
  const reception: Reception = new Reception({ io, requests, connections, frontier, dropped, refused, log, shared });
  const onGap = () => reception.dropAll('records of a topic were removed before this gateway had read them');
  const deliver = (event: LiveEvent) => hub.deliver(event);
  const running = makers.map(
    (maker) => new TopicFeed({ connection, maker, frontier, recent, limits, deliver, onGap, log }),
  );
  const counters = (): RealtimeCounters => ({
    connections: connections.count,
    users: connections.users,
    rooms: hub.roomCount,
    eventsIn: hub.eventsIn,
    eventsOut: hub.eventsOut,
    unreadable: reading.unreadable(),
    resumedFromMemory: resumer.fromMemory,
    readFromLog: resumer.fromLog,
    dropped: dropped.counts(),
    refused: refused.counts(),
    interruptedTopics: running.filter(({ failures }) => failures > 0).length,
  });
  const stop = async () => {
    reception.close();
    await Promise.all(running.map((feed) => feed.close()));
    await options.adapter?.close();
  };
  return { feeds: running, reception, counters, stop };
}

function eventMakers(feeds: readonly RealtimeFeed[], owners: Owners, { codec, log }: RealtimeGatewayOptions) {
  let unreadable = 0;
  const onUnreadable = ({ topic, partition, offset }: RawRecord, error: unknown) => {
    unreadable += 1;
    if (unreadable <= 100) log.warn({ topic, partition, offset }, `a record cannot be read: ${String(error)}`);
  };
  const makers = feeds.map(
    (topic) => new EventMaker({ topic, subject: topic.subject as Subject, codec, owners, onUnreadable }),
  );
  return { makers, unreadable: () => unreadable };
}

/** Topics of the realtime catalogue with what else is known of them. */
function feedsOfCatalogue(): readonly RealtimeFeed[] {
  return realtimeTopics.map((feed) => {
    const topic = topicNamed(feed.topic);
    if (topic === undefined) throw new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', `no topic ${feed.topic}`);
    return { ...feed, subject: topic.subject, key: topic.key };
  });
}
