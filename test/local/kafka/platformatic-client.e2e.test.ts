import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Admin,
  CompressionAlgorithms,
  ConfigResourceTypes,
  Consumer,
  type ConsumerOptions,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const directory = temporaryDirectory();
let kafka: EmbeddedKafka;
let admin: Admin;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({ dataDir: directory.path, settings: { initialRebalanceDelayMs: 20 } });
  admin = new Admin({ clientId: 'admin', bootstrapBrokers: [kafka.bootstrapServers] });
});

afterAll(async () => {
  await admin.close();
  await kafka.close();
  directory.remove();
});

const producer = (options: { idempotent?: boolean } = {}) =>
  new Producer({
    clientId: 'producer',
    bootstrapBrokers: [kafka.bootstrapServers],
    serializers: stringSerializers,
    ...options,
  });

const consumer = (groupId: string, options: Partial<ConsumerOptions<string, string, string, string>> = {}) =>
  new Consumer({
    groupId,
    clientId: 'consumer',
    bootstrapBrokers: [kafka.bootstrapServers],
    deserializers: stringDeserializers,
    sessionTimeout: 6_000,
    heartbeatInterval: 100,
    rebalanceTimeout: 6_000,
    maxWaitTime: 100,
    ...options,
  });

type TextConsumer = ReturnType<typeof consumer>;

/** Reads from where the group stands until `count` records are there, then commits and leaves. */
async function read(from: TextConsumer, topic: string, count: number): Promise<readonly string[]> {
  const stream = await from.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    autocommit: false,
  });
  const texts: string[] = [];
  for await (const message of stream) {
    texts.push(message.value);
    await message.commit();
    if (texts.length === count) break;
  }
  await from.close(true);
  return texts;
}

const partsOf = (member: TextConsumer) => member.assignments?.flatMap(({ partitions }) => partitions) ?? [];
const until = async (met: () => boolean) => {
  for (const deadline = Date.now() + 15_000; !met(); ) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('@platformatic/kafka, unmodified,', () => {
  test.each([
    CompressionAlgorithms.NONE,
    CompressionAlgorithms.GZIP,
    CompressionAlgorithms.SNAPPY,
    CompressionAlgorithms.LZ4,
    CompressionAlgorithms.ZSTD,
  ])('produces with %s compression and reads keys, headers and values back in order', async (compression) => {
    const topic = `packed-${compression}`;
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    const writer = producer();
    const messages = Array.from({ length: 50 }, (_, index) => ({
      topic,
      key: `key ${index}`,
      value: `value ${index} ${'x'.repeat(50)}`,
      headers: { ce_id: `${index}` },
    }));
    const { offsets } = await writer.send({ messages, compression, acks: -1 });
    expect(offsets).toEqual([{ topic, partition: 0, offset: 0n }]);
    await writer.close();
    const reader = consumer(`readers-${topic}`);
    const stream = await reader.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST });
    const got: unknown[] = [];
    for await (const { key, value, headers, offset } of stream) {
      got.push({ key, value, id: headers.get('ce_id'), offset });
      if (got.length === 50) break;
    }
    await reader.close(true);
    expect(got).toEqual(
      messages.map(({ key, value, headers }, index) => ({ key, value, id: headers.ce_id, offset: BigInt(index) })),
    );
  });

  test('produces idempotently, in many requests at once', async () => {
    await admin.createTopics({ topics: ['once'], partitions: 4, replicas: 1 });
    const writer = producer({ idempotent: true });
    const send = (index: number) =>
      writer.send({ messages: [{ topic: 'once', key: `${index % 8}`, value: `${index}` }] });
    await Promise.all(Array.from({ length: 100 }, (_, index) => send(index)));
    await writer.close();
    const texts = await read(consumer('once'), 'once', 100);
    expect(new Set(texts).size).toBe(100);
  });

  test('goes on in a group where the member before it stopped', async () => {
    await admin.createTopics({ topics: ['resumed'], partitions: 1, replicas: 1 });
    const writer = producer();
    await writer.send({
      messages: Array.from({ length: 10 }, (_, index) => ({ topic: 'resumed', value: `${index}` })),
    });
    await writer.close();
    expect(await read(consumer('resumed'), 'resumed', 4)).toEqual(['0', '1', '2', '3']);
    expect(await read(consumer('resumed'), 'resumed', 6)).toEqual(['4', '5', '6', '7', '8', '9']);
  });

  test('shares the partitions of a topic between the members of a group, and takes over when one leaves', async () => {
    await admin.createTopics({ topics: ['shared'], partitions: 4, replicas: 1 });
    const members = [consumer('sharing'), consumer('sharing')] as const;
    const seen = new Map<string, number>();
    const follow = async (member: TextConsumer) => {
      const stream = await member.consume({ topics: ['shared'], mode: MessagesStreamModes.LATEST });
      stream.on('data', ({ value }: { value: string }) => void seen.set(value, (seen.get(value) ?? 0) + 1));
      return stream;
    };
    await Promise.all(members.map(follow));
    await until(() => partsOf(members[0]).length === 2 && partsOf(members[1]).length === 2);
    expect([...partsOf(members[0]), ...partsOf(members[1])].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    const group = (await admin.describeGroups({ groups: ['sharing'] })).get('sharing')!;
    expect({ state: group.state, members: group.members.size }).toEqual({ state: 'Stable', members: 2 });
    await members[0].close(true);
    await until(() => partsOf(members[1]).length === 4);
    const writer = producer();
    for (let partition = 0; partition < 4; partition++) {
      await writer.send({ messages: [{ topic: 'shared', partition, value: `to ${partition}` }] });
    }
    await until(() => seen.size === 4);
    expect([...seen.values()]).toEqual([1, 1, 1, 1]);
    await writer.close();
    await members[1].close(true);
  });

  test('looks after topics, configurations, groups and offsets', async () => {
    const configs = [{ name: 'retention.ms', value: '12345' }];
    const [created] = await admin.createTopics({ topics: ['kept'], partitions: 2, replicas: 1, configs });
    expect(created).toMatchObject({ name: 'kept', partitions: 2, replicas: 1 });
    expect(await admin.listTopics()).toContain('kept');
    await admin.createPartitions({ topics: [{ name: 'kept', count: 3 }] });
    const metadata = await admin.metadata({ topics: ['kept'] });
    expect(metadata.topics.get('kept')!.partitionsCount).toBe(3);
    const [described] = await admin.describeConfigs({
      resources: [
        { resourceType: ConfigResourceTypes.TOPIC, resourceName: 'kept', configurationKeys: ['retention.ms'] },
      ],
    });
    expect(described!.configs).toMatchObject([{ name: 'retention.ms', value: '12345' }]);
    const groups = await admin.listGroups();
    expect(groups.get('resumed')).toMatchObject({ id: 'resumed', protocolType: 'consumer' });
    await admin.deleteGroups({ groups: ['resumed'] });
    expect((await admin.listGroups()).has('resumed')).toBe(false);
    await admin.deleteTopics({ topics: ['kept'] });
    expect(await admin.listTopics()).not.toContain('kept');
  });
});
