import type { RawRecord } from '../../kafka/record-decoding.ts';

/** What the delivery and the audit need of a log: partition bounds and records from given positions on. */

/** A record without its place. */
export type LogRecord = Omit<RawRecord, 'topic' | 'partition'>;

/** Consecutive records of one partition, ascending offsets. */
export interface LogSlice {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Offset to read next: beyond the last record, and beyond offsets that hold none. */
  readonly nextOffset: number;
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
  /** Records from the positions on; slices without records are left out unless the position moved. */
  read(positions: readonly PartitionPosition[], options: ReadOptions): Promise<readonly LogSlice[]>;
  /** Publishes positions as a group's committed offsets, for lag displays; they are not read back. */
  report(group: string, positions: readonly PartitionPosition[]): Promise<void>;
  close(): Promise<void>;
}
