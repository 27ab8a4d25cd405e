import { topicNamed } from '../../src/catalogue/lookup.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { topicSpecOf } from '../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';

/** The embedded broker with topics of the catalogue, four partitions each. */
export async function startEmbeddedLog(dataDir: string, topics: readonly string[], port = 0): Promise<EmbeddedKafka> {
  const kafka = await startEmbeddedKafka({ port, dataDir });
  const admin = makeAdmin({ connection: kafka });
  const limits = { maxPartitions: 4, maxRetentionMs: 86_400_000 };
  await admin.ensureTopics(
    topics.flatMap((name) => {
      const topic = topicNamed(name);
      return topic === undefined ? [] : [topicSpecOf(topic, limits)];
    }),
  );
  await admin.close();
  return kafka;
}
