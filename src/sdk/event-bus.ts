import type { Backoff } from '../core/retry-delay.ts';
import type { EnvelopeInput, EventOf } from './bus-event.ts';
import type {
  EventInput,
  EventType,
  OwnEventType,
  SharedEventType,
  TopicInput,
  TopicName,
  TopicOf,
} from './event-types.ts';
import type { DeadLetters, OnDamaged } from './options.ts';

/** What may be said of an event beside its type and data. */
export interface PublishOptions {
  /** Id of the event; publishing twice under one id is one event to keyed sinks. @default a random UUID */
  readonly id?: string | undefined;
  /** Record key: events of one key stay in order. @default the value of the topic's key field */
  readonly key?: string | undefined;
  /** Entity that the event is about. @default the key */
  readonly subject?: string | undefined;
  /** When it happened; text is RFC 3339. @default now */
  readonly time?: Date | string | undefined;
  /** Who says so, a URI reference. @default the bus's source */
  readonly source?: string | undefined;
  /** W3C trace context. @default that of the active OpenTelemetry span */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** What a handler is told beside the event. */
export interface HandlerContext {
  /** 1 for the first delivery by this subscription, one more with every retry. */
  readonly attempt: number;
  /** Aborted when the result no longer counts: the partition went to another member, or the time to stop is over. */
  readonly signal: AbortSignal;
}

/** How far a subscription is in one partition. */
export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next event to be handled. */
  readonly position: number;
  /** Records in the log that are not handled. */
  readonly lagRecords: number;
}

export interface SubscriptionStatus {
  /** What this member of the group holds. */
  readonly partitions: readonly PartitionStatus[];
  readonly paused: boolean;
  /** Events that the handler is done with. */
  readonly handledEvents: number;
  readonly deadLetters: number;
  /** What went wrong last, until something goes well again. */
  readonly lastError: Error | undefined;
}

/** What became of a published event: it is in the log, durably. */
export interface Published {
  readonly id: string;
  readonly topic: TopicName;
  readonly key: string;
}

/** Called with one event after another; the next one of a partition waits until its promise has resolved. */
export type EventHandler<K extends EventType | TopicName> = (event: EventOf<K>, context: HandlerContext) => unknown;

export interface SubscribeOptions {
  /**
   * Consumer group: its members share the events among them, and it goes on where it was.
   * @default `<clientId>.<what is subscribed to>`
   */
  readonly group?: string | undefined;
  /** Where a group that is new begins. @default earliest */
  readonly from?: 'earliest' | 'latest' | Date | undefined;
  /** Partitions that are handled side by side; within one, events come one by one. @default 8 */
  readonly concurrency?: number | undefined;
  /** Attempts at an event whose handler fails, the first included. @default 5 */
  readonly maxAttempts?: number | undefined;
  /** Waits between attempts. @default up to 100 ms, doubling to up to 5 s */
  readonly backoff?: Backoff | undefined;
  /** @default those of the bus */
  readonly deadLetters?: DeadLetters | undefined;
  /**
   * What becomes of a partition whose records are damaged in the log: `hold`, it waits and tells so by the log and by
   * `lastError` of the status; or a function, it goes on behind the damage and the function hears what is gone.
   * @default hold
   */
  readonly damaged?: 'hold' | OnDamaged | undefined;
  /** Time without a sign of life after which the group gives the partitions to others, ms. @default 10000 */
  readonly sessionTimeoutMs?: number | undefined;
  /** Time to join the group, ms. @default 30000 */
  readonly joinTimeoutMs?: number | undefined;
  /** Time that handlers under way get to end when the subscription is closed, ms. @default 30000 */
  readonly closeTimeoutMs?: number | undefined;
  /** Events fetched ahead, bytes. @default 33554432 */
  readonly maxBufferedBytes?: number | undefined;
}

/** A subscription that is under way. */
export interface EventSubscription {
  readonly group: string;
  readonly topics: readonly string[];
  /** Holds events back after the ones under way; the group's membership is kept. */
  pause(): void;
  resume(): void;
  status(): SubscriptionStatus;
  /** Lets the events under way end, commits, and leaves the group. */
  close(): Promise<void>;
}

/** Publishes events of the catalogue and subscribes to them. */
export interface EventBus {
  /**
   * Publishes an event. Its promise resolves when the log has the event durably (`acks=all`, idempotent).
   * @throws EventBusError EVENTBUS_CODEC_VALUE_INVALID, EVENTBUS_SDK_FIELD_UNKNOWN and others before anything is sent, each naming the field;
   * EVENTBUS_KAFKA_UNAVAILABLE when the cluster did not take it within the delivery timeout;
   * EVENTBUS_KAFKA_BUFFER_FULL when too much waits to be sent
   * @example await eventBus.publish('photo.uploaded', { photoId, userId, filename });
   */
  publish<T extends OwnEventType>(type: T, data: EventInput<T>, options?: PublishOptions): Promise<Published>;
  /**
   * Publishes an event whose type several topics carry.
   * @example await eventBus.publish('alert.raised', alert, { topic: 'analytics.alerts' });
   */
  publish<T extends SharedEventType, N extends TopicOf<T>>(
    type: T,
    data: TopicInput<N>,
    options: PublishOptions & { readonly topic: N },
  ): Promise<Published>;
  /**
   * Publishes an event in the e-commerce systems' envelope; its id, time and source are kept.
   * @example await eventBus.publishEnvelope({ eventId, eventType: 'order.created', timestamp, source, version: '1.0', data });
   */
  publishEnvelope<T extends OwnEventType>(envelope: EnvelopeInput<T>, options?: PublishOptions): Promise<Published>;
  /**
   * Hands every event of a type, or of all of several types, or of a topic to the handler: at least once, in order within
   * a key. Resolves when the group has taken this program in. A handler that fails is called again, with growing waits;
   * then the event is dead-lettered. `eventRejected` dead-letters at once, `dependencyUnavailable` makes the partition wait.
   * @throws EventBusError EVENTBUS_SDK_TYPE_UNKNOWN, EVENTBUS_SDK_NOT_JOINED, EVENTBUS_SDK_DEAD_LETTERS_MISSING
   * @example await eventBus.subscribe('photo.uploaded', async (event) => resize(event.data.photoId), { group: 'resizer' });
   */
  subscribe<K extends EventType | TopicName>(
    what: K | readonly K[],
    handler: EventHandler<K>,
    options?: SubscribeOptions,
  ): Promise<EventSubscription>;
  /** Ends the subscriptions, sends what is left, and disconnects; later calls fail. */
  close(): Promise<void>;
}
