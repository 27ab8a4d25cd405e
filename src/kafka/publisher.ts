import type { Events, Subject } from '../catalogue/events.generated.ts';
import type { CloudEventAttributes } from '../codec/cloud-event.ts';

/** An event to be encoded by its subject's newest schema and published. */
export interface OutgoingEvent<S extends Subject = Subject> {
  readonly topic: string;
  readonly key: string;
  readonly subject: S;
  readonly value: Events[S];
  readonly event: CloudEventAttributes;
}

/** A record whose bytes are final. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Publishes with `acks=all` as an idempotent producer; promises resolve when the log has every record durably. */
export interface EventPublisher {
  publish(events: readonly OutgoingEvent[]): Promise<void>;
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}
