import { Admin } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { kafkaFailure } from './kafka-failure.ts';
import { offsetsAtTime, type PartitionOffsets, topicOffsets } from './topic-offsets.ts';

/** What a partition holds, and where asked times lie in it. */
export interface PartitionTimes extends PartitionOffsets {
  /** Offset of the first record at or after each asked time, in their order; the end where there is none. */
  readonly atTimes: readonly number[];
}

/**
 * Bounds of every partition of a topic, and the offsets of times (ms since 1970-01-01 UTC) by the records' timestamps.
 * @throws AppError EVENTBUS_KAFKA_TOPIC_UNKNOWN, EVENTBUS_KAFKA_UNAVAILABLE
 */
export async function topicPositions(
  connection: KafkaConnection,
  topic: string,
  timesMs: readonly number[],
): Promise<readonly PartitionTimes[]> {
  const admin = new Admin({ ...clientOptions(connection, 'event-bus-positions'), retries: 3, retryDelay: 200 });
  try {
    const offsets = (await topicOffsets(admin, [topic])).get(topic) ?? [];
    if (offsets.length === 0) throw new AppError('EVENTBUS_KAFKA_TOPIC_UNKNOWN', `"${topic}" is not on the cluster`);
    const found: ReadonlyMap<number, number>[] = [];
    for (const timeMs of timesMs) found.push(await offsetsAtTime(admin, topic, timeMs));
    return offsets.map((bounds) => {
      const atTimes = found.map((byPartition) => {
        const offset = byPartition.get(bounds.partition) ?? -1;
        return offset < 0 ? bounds.end : offset;
      });
      return { ...bounds, atTimes };
    });
  } catch (error) {
    throw error instanceof AppError ? error : kafkaFailure(error, `asking for positions of topic "${topic}"`);
  } finally {
    await admin.close();
  }
}
