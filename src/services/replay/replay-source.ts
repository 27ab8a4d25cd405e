import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { readTopic } from '../../kafka/reader.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { LakeReader, LakeTopic } from './lake-records.ts';
import type { PartitionRange } from './replay-plan.ts';

export interface ReplaySource extends LakeTopic {
  readonly connection: KafkaConnection;
  readonly lake: LakeReader;
  /** Goes on where records of the range are in neither place. */
  readonly allowGaps: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records of one partition's range, in order: from the lake as far as the topic does not hold them any more, then from
 * the topic.
 * @throws AppError EVENTBUS_REPLAY_GAP when the lake lacks records below the topic's oldest one
 */
export async function* recordsOf(range: PartitionRange, source: ReplaySource): AsyncGenerator<readonly RawRecord[]> {
  const { partition, from, to, logStart } = range;
  const edge = Math.min(to, Math.max(from, logStart));
  if (from < edge) yield* lakeRecords({ ...range, to: edge }, source);
  if (source.signal?.aborted || edge >= to) return;
  const { topic, connection, signal } = source;
  yield* readTopic({
    connection,
    topic,
    partitions: [partition],
    from: { offset: edge },
    to: { offset: to },
    clientId: 'event-bus-replay',
    ...(signal === undefined ? {} : { signal }),
  });
}

async function* lakeRecords(range: PartitionRange, source: ReplaySource): AsyncGenerator<readonly RawRecord[]> {
  let next = range.from;
  for await (const records of source.lake.records(source, range)) {
    for (const { offset } of records) {
      if (offset !== next) requireNoGap(range.partition, [next, offset], source);
      next = offset + 1;
    }
    yield records;
    if (source.signal?.aborted) return;
  }
  if (next < range.to) requireNoGap(range.partition, [next, range.to], source);
}

function requireNoGap(partition: number, [first, end]: readonly [number, number], source: ReplaySource): void {
  if (source.allowGaps) return;
  const what = `${source.topic} partition ${partition}: offsets ${first} to ${end - 1} are gone from the topic and not in the lake`;
  throw new AppError('EVENTBUS_REPLAY_GAP', what, { details: { topic: source.topic, partition, offset: first } });
}
