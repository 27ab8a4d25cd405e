import type { EventData, EventInput, EventType, TopicData, TopicName, TypeIn } from './event-types.ts';

/** The e-commerce systems' envelope of an event; it says the same as CloudEvents, in other words. */
export interface EventEnvelope<Type extends string = string, Data = unknown> {
  /** UUID of the event. */
  readonly eventId: string;
  readonly eventType: Type;
  /** ISO 8601 time of the event. */
  readonly timestamp: string;
  /** Such as `order-service`. */
  readonly source: string;
  /** Version of the data's schema, such as `1.0`. */
  readonly version: string;
  readonly data: Data;
}

/** An envelope that may be published. */
export type EnvelopeInput<T extends EventType> = EventEnvelope<T, EventInput<T>>;

/** An event as a subscriber gets it: the attributes of CloudEvents 1.0, the data, and where it stood in the log. */
export interface BusEvent<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** RFC 3339 time of the occurrence. */
  readonly time: string | undefined;
  /** Entity that the event is about; the key as a rule. */
  readonly subject: string | undefined;
  /** A value of the newest schema version that this program knows, whatever version it was written with. */
  readonly data: Data;
  /** Version of `data`'s schema, such as `1.0`. */
  readonly dataVersion: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** When the record was written, as the log says; ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  /** W3C trace context of whoever published the event. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** The same event as the e-commerce envelope; an event without a time has the record's. */
  toEnvelope(): EventEnvelope<Type, Data>;
}

/** The events that a subscription to a type, or to a topic, gets. */
export type EventOf<K extends EventType | TopicName> = K extends TopicName
  ? BusEvent<TypeIn<K>, TopicData<K>>
  : K extends EventType
    ? BusEvent<K, EventData<K>>
    : never;
