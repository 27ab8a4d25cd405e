import { letterPrefix } from '../../catalogue/object-prefixes.ts';

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record header; the value is base64. */
export interface LetterHeader {
  readonly name: string;
  readonly value: string;
}

/** A dead letter: the whole record with the reason it failed. Bytes are base64. */
export interface DeadLetter extends RecordPlace {
  readonly consumer: string;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly LetterHeader[];
  /** CloudEvents id when it could be read. */
  readonly eventId: string | null;
  /** Version that the value was written with, such as `VehicleState/v2`, or the id in its frame; `null` when it has none. */
  readonly schemaVersion: string | null;
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
  /** Attempts that failed. */
  readonly attempts: number;
  /** RFC 3339 times of the first and the last failure. */
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly handlerVersion: string;
  /** Who told: the consumer itself, or the record of an invocation that ended without an answer. */
  readonly source: LetterSource;
  /** Set in a message that is too small for the record: where the whole letter is kept. */
  readonly claim?: LetterClaim;
}

export type LetterSource = 'consumer' | 'invocation-record';

/** Stands for a record's key, value and headers, which are in the object store. */
export interface LetterClaim {
  /** Key of the object that holds the whole letter, see `letterKey`. */
  readonly key: string;
  /** Length of the value, to tell people without fetching it. */
  readonly valueBytes: number;
}

/** What becomes of a letter; the column `status` of the table `dead_letter`. */
export type LetterStatus = 'open' | 'redriving' | 'redriven' | 'discarded';

/** What identifies a letter: a record that fails again at the same consumer keeps its letter. */
export type LetterIdentity = Pick<DeadLetter, 'consumer' | 'topic' | 'partition' | 'offset'>;

/**
 * Key of the object that holds the whole letter as JSON, value included: one object a letter, by consumer, topic and
 * partition, in the order of offsets.
 */
export function letterKey({ consumer, topic, partition, offset }: LetterIdentity): string {
  return `${letterPrefix}${consumer}/${topic}/${partition}/${String(offset).padStart(16, '0')}.json`;
}
