import type { LetterHeader, LetterStatus } from '../../core/dead-letters/dead-letter.ts';

/** A letter as lists show it. Times are RFC 3339. */
export interface LetterSummary {
  readonly letterId: string;
  readonly groupId: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** As text; `base64:…` where it is none. */
  readonly key: string | null;
  readonly eventId: string | null;
  readonly schemaVersion: string | null;
  readonly valueBytes: number | null;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly status: LetterStatus;
  /** How often the record had been redriven when it failed. */
  readonly redrives: number;
  /** `topic/partition/offset` of the record that this one repeats. */
  readonly origin: string | null;
}

/** How many letters are in each state. */
export type StatusCounts = Readonly<Record<LetterStatus, number>>;

export interface GroupSummary {
  readonly groupId: string;
  readonly consumer: string;
  readonly code: string;
  /** Message of one letter. */
  readonly message: string;
  readonly schemaVersion: string | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly letters: StatusCounts;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Gives the next page; null on the last one. */
  readonly next: string | null;
}

export interface LetterRow {
  readonly letter_id: string;
  readonly group_id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp_ms: number;
  readonly key: Buffer | null;
  readonly headers: readonly LetterHeader[];
  readonly event_id: string | null;
  readonly schema_version: string | null;
  readonly value_bytes: number | null;
  readonly payload_key: string;
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
  readonly attempts: number;
  readonly first_failed_at: Date;
  readonly last_failed_at: Date;
  readonly handler_version: string;
  readonly status: LetterStatus;
  readonly redrives: number;
  readonly origin: string | null;
}

export function letterSummary(row: LetterRow): LetterSummary {
  return {
    letterId: row.letter_id,
    groupId: row.group_id,
    consumer: row.consumer,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    key: row.key === null ? null : bytesAsText(row.key),
    eventId: row.event_id,
    schemaVersion: row.schema_version,
    valueBytes: row.value_bytes,
    code: row.code,
    message: row.message,
    attempts: row.attempts,
    firstFailedAt: row.first_failed_at.toISOString(),
    lastFailedAt: row.last_failed_at.toISOString(),
    status: row.status,
    redrives: row.redrives,
    origin: row.origin,
  };
}

/** Bytes for people: UTF-8 as it is, anything else in base64. */
export function bytesAsText(bytes: Buffer): string {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

export interface GroupRow {
  readonly group_id: string;
  readonly consumer: string;
  readonly code: string;
  readonly sample_message: string;
  readonly schema_version: string | null;
  readonly first_seen: Date;
  readonly last_seen: Date;
  readonly open: number;
  readonly redriving: number;
  readonly redriven: number;
  readonly discarded: number;
}

export function groupSummary(row: GroupRow): GroupSummary {
  const { open, redriving, redriven, discarded } = row;
  return {
    groupId: row.group_id,
    consumer: row.consumer,
    code: row.code,
    message: row.sample_message,
    schemaVersion: row.schema_version,
    firstSeen: row.first_seen.toISOString(),
    lastSeen: row.last_seen.toISOString(),
    letters: { open, redriving, redriven, discarded },
  };
}
