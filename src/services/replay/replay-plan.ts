import type { Consumer } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';

/** What is to be delivered again from one partition. */
export interface PartitionRange {
  readonly partition: number;
  /** First offset. */
  readonly from: number;
  /** Offset after the last one. */
  readonly to: number;
  /** Oldest offset that the topic still holds; what lies before it comes from the lake. */
  readonly logStart: number;
}

/** Records of the ranges, counting offsets, which is exact where none was compacted away. */
export function recordCount(ranges: readonly PartitionRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** How many of them come from the lake. */
export function lakeRecordCount(ranges: readonly PartitionRange[]): number {
  return ranges.reduce((sum, { from, to, logStart }) => sum + Math.max(0, Math.min(to, logStart) - from), 0);
}

/**
 * Tables that a reset empties: the consumer's own, when tables are all that it changes.
 * @throws AppError EVENTBUS_REPLAY_NO_RESET when the consumer has other effects, or keeps state that others share
 */
export function resettableTables(consumer: Consumer, others: readonly Consumer[]): readonly string[] {
  const refuse = (why: string) => new AppError('EVENTBUS_REPLAY_NO_RESET', `${consumer.name} ${why}`);
  const tables = consumer.sinks.filter((sink) => sink.startsWith('table:')).map((sink) => sink.slice('table:'.length));
  const other = consumer.sinks.find((sink) => !sink.startsWith('table:'));
  if (other !== undefined) throw refuse(`also writes ${other}`);
  if (tables.includes('consumer_state')) throw refuse('keeps its state in consumer_state, which it shares');
  const sharing = others.find(
    ({ name, sinks }) => name !== consumer.name && sinks.some((s) => consumer.sinks.includes(s)),
  );
  if (sharing !== undefined) throw refuse(`shares tables with ${sharing.name}`);
  if (tables.length === 0) throw refuse('writes no table');
  return tables;
}
