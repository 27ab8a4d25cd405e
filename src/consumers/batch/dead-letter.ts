import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import type { Failure } from './failure.ts';
import type { MskRecord } from './msk-event.ts';
import { headersAsBase64 } from './record-headers.ts';

/** When and how often a record failed. */
export interface Attempts {
  readonly count: number;
  /** ms since 1970-01-01 UTC. */
  readonly firstFailedAtMs: number;
  readonly lastFailedAtMs: number;
}

export interface FailedRecord {
  readonly record: MskRecord;
  readonly eventId: string | null;
  readonly failure: Failure;
  readonly attempts: Attempts;
}

/** Who writes a letter. */
export interface LetterWriter {
  readonly consumer: string;
  readonly handlerVersion: string;
  readonly schemaVersionOf: (record: MskRecord) => string | null;
}

/** The whole record with the reason it failed. */
export function deadLetterOf(failed: FailedRecord, by: LetterWriter): DeadLetter {
  const { consumer, handlerVersion, schemaVersionOf } = by;
  const { record, failure, attempts } = failed;
  return {
    consumer,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestamp,
    key: record.key ?? null,
    value: record.value ?? null,
    headers: headersAsBase64(record.headers),
    eventId: failed.eventId,
    schemaVersion: schemaVersionOf(record),
    code: failure.code,
    message: failure.message,
    stack: failure.stack,
    attempts: attempts.count,
    firstFailedAt: new Date(attempts.firstFailedAtMs).toISOString(),
    lastFailedAt: new Date(attempts.lastFailedAtMs).toISOString(),
    handlerVersion,
    source: 'consumer',
  };
}
