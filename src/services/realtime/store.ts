import type { OwnerQuestion } from '../../core/realtime/routed-event.ts';

/** An important event that waits for its user. */
export interface KeptEvent {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What gateways share: whose things are, whom they are shown to, and events kept for absent users. */
export interface RealtimeStore {
  /** Owners of things of one kind; those that are not known are missing. */
  owners(kind: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  isShared(thing: OwnerQuestion, user: string): Promise<boolean>;
  /** False when the thing is shared with too many already. */
  share(thing: OwnerQuestion, user: string): Promise<boolean>;
  unshare(thing: OwnerQuestion, user: string): Promise<void>;
  /** Events not yet acknowledged, oldest first. */
  keptEvents(user: string, limit: number): Promise<readonly KeptEvent[]>;
  /** Also for events that are not stored yet: they will not be kept. */
  acknowledge(user: string, ids: readonly string[]): Promise<void>;
}

/** Users that one thing may be shared with. */
export const maxSharesPerThing = 1_000;
