import type { KafkaAdmin } from '../../kafka/admin.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { readTopic } from '../../kafka/reader.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { AuditedLog, LogBounds, OnDamaged } from './read-log.ts';

/** The log over the Kafka protocol: topics that exist, each read to the bounds given. */
export function makeKafkaLog(
  connection: KafkaConnection,
  admin: Pick<KafkaAdmin, 'topicNames' | 'listTopics'>,
  wanted: readonly string[],
): AuditedLog {
  return {
    async bounds() {
      const existing = new Set(await admin.topicNames());
      const topics = await admin.listTopics(wanted.filter((topic) => existing.has(topic)));
      return topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, start, end }) => ({ topic: name, partition, start, end })),
      );
    },
    read: (topic, bounds, onDamaged) => readBounded(connection, { topic, bounds, onDamaged }),
  };
}

interface BoundedReading {
  readonly topic: string;
  readonly bounds: readonly LogBounds[];
  readonly onDamaged: OnDamaged;
}

async function* readBounded(
  connection: KafkaConnection,
  { topic, bounds, onDamaged }: BoundedReading,
): AsyncGenerator<readonly RawRecord[]> {
  const filled = bounds.filter(({ start, end }) => start < end);
  const ends = new Map(filled.map(({ partition, end }) => [partition, end]));
  const partitions = [...ends.keys()];
  const clientId = 'event-bus-audit';
  for await (const batch of readTopic({ connection, topic, partitions, clientId, onDamaged })) {
    const end = ends.get(batch[0]?.partition ?? -1) ?? 0;
    // The end may have moved since it was captured.
    yield (batch.at(-1)?.offset ?? 0) < end ? batch : batch.filter(({ offset }) => offset < end);
  }
}
