import type { AppError } from '../../core/errors/app-error.ts';

/** What the delivery and the audit need of a log: partition bounds and records from given positions on. */

/** A record as the transformation's event wants it. */
export interface LogRecord {
  readonly offset: number;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  /** Base64. */
  readonly key: string | null;
  /** Base64. */
  readonly value: string | null;
  /** CloudEvents headers as text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Consecutive records of one partition, ascending offsets. */
export interface LogSlice {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Offset to read next: beyond the last record, and beyond offsets that hold none. */
  readonly nextOffset: number;
  /** Why this partition could not be read; the others are not concerned. */
  readonly failure?: AppError;
}

export interface PartitionBounds {
  readonly topic: string;
  /** Id that the cluster gave the topic when it was made; another one means another log. */
  readonly topicId: string;
  readonly partition: number;
  /** First offset that the log still has. */
  readonly start: number;
  /** Offset that the next record will get. */
  readonly end: number;
}

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Key of a partition in the maps of the delivery. */
export function keyOf({ topic, partition }: Pick<PartitionPosition, 'topic' | 'partition'>): string {
  return `${topic}:${partition}`;
}

export interface ReadOptions {
  /** Answer when so many bytes are there … */
  readonly minBytes: number;
  /** … or this time has passed. */
  readonly maxWaitMs: number;
  /** Bytes of one answer at most, as a guide. */
  readonly maxBytes: number;
}

/** Reads a log without a consumer group: the caller keeps the positions. */
export interface LogSource {
  /** Bounds of every partition of those topics that exist. */
  bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]>;
  /** Records from the positions on; slices without records or failure are left out unless the position moved. */
  read(positions: readonly PartitionPosition[], options: ReadOptions): Promise<readonly LogSlice[]>;
  /** Publishes positions as a group's committed offsets, for lag displays; they are not read back. */
  report(group: string, positions: readonly PartitionPosition[]): Promise<void>;
  close(): Promise<void>;
}
