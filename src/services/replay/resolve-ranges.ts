import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import type { ReadPosition } from '../../kafka/reader.ts';
import { type PartitionTimes, topicPositions } from '../../kafka/topic-positions.ts';
import type { LakeReader } from './lake-records.ts';
import type { ReplayedRange } from './replay-state.ts';

export interface RangeRequest {
  readonly topic: string;
  /** Where to begin in every partition; `earliest` is the oldest record of the lake. */
  readonly from: ReadPosition;
  /** Where to end, before that record. */
  readonly to: ReadPosition;
  /** Demands everything that the topic ever held, as rebuilding from empty needs it. @default false */
  readonly whole?: boolean;
}

/**
 * Ranges of a topic's partitions, empty ones left out. A position older than what the topic holds lies in the lake.
 * @throws AppError EVENTBUS_REPLAY_GAP when the whole topic is wanted and its beginning is nowhere
 */
export async function resolveRanges(
  request: RangeRequest,
  { connection, lake }: { readonly connection: KafkaConnection; readonly lake: LakeReader },
): Promise<readonly ReplayedRange[]> {
  const { topic, from, to } = request;
  const times = [from, to].flatMap((position) => (isTime(position) ? [position.timestampMs] : []));
  const partitions = await topicPositions(connection, topic, times);
  const begins = await resolved(from, { partitions, time: 0, topic, lake });
  const ends = await resolved(to, { partitions, time: isTime(from) ? 1 : 0, topic, lake });
  if (request.whole === true) requireBeginnings(topic, partitions, begins);
  return partitions.flatMap(({ partition, start, end }, index) => {
    const first = begins[index] ?? 0;
    const last = Math.min(ends[index] ?? end, end);
    return first < last ? [{ topic, partition, from: first, to: last, logStart: start, next: first }] : [];
  });
}

/** @throws AppError EVENTBUS_REPLAY_RANGE when there is nothing to deliver */
export function requireRecords(ranges: readonly ReplayedRange[], request: RangeRequest): void {
  if (ranges.length > 0) return;
  const what = `${request.topic} holds nothing from ${textOf(request.from)} to ${textOf(request.to)}`;
  throw new AppError('EVENTBUS_REPLAY_RANGE', what);
}

function requireBeginnings(topic: string, partitions: readonly PartitionTimes[], begins: readonly number[]): void {
  for (const [index, { partition }] of partitions.entries()) {
    const first = begins[index] ?? 0;
    if (first === 0) continue;
    const what = `${topic} partition ${partition}: offsets 0 to ${first - 1} are gone from the topic and not in the lake`;
    throw new AppError('EVENTBUS_REPLAY_GAP', what, { details: { topic, partition, offset: 0 } });
  }
}

interface Resolving {
  readonly partitions: readonly PartitionTimes[];
  /** Index of the position's time among the asked ones. */
  readonly time: number;
  readonly topic: string;
  readonly lake: LakeReader;
}

async function resolved(position: ReadPosition, of: Resolving): Promise<readonly number[]> {
  const { partitions, topic, lake } = of;
  if (position === 'latest') return partitions.map(({ end }) => end);
  if (position === 'earliest') {
    const oldest = await lake.firstOffsets(topic);
    return partitions.map(({ partition, start }) => Math.min(start, oldest.get(partition) ?? start));
  }
  if ('offset' in position) return partitions.map(({ end }) => Math.min(position.offset, end));
  const inLake = await lake.offsetsAtTime(topic, position.timestampMs);
  return partitions.map(({ partition, start, atTimes }) => {
    const inLog = atTimes[of.time] ?? start;
    // Only where the topic's answer is its oldest record can an older one be at or after the time.
    return inLog > start ? inLog : Math.min(inLog, inLake.get(partition) ?? inLog);
  });
}

function isTime(position: ReadPosition): position is { readonly timestampMs: number } {
  return typeof position === 'object' && 'timestampMs' in position;
}

function textOf(position: ReadPosition): string {
  if (typeof position === 'string') return position;
  return 'offset' in position ? `offset ${position.offset}` : new Date(position.timestampMs).toISOString();
}
