import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topicNamed } from '../../src/catalogue/lookup.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { type KafkaAdmin, makeAdmin } from '../../src/kafka/admin.ts';
import type { KafkaConnection } from '../../src/kafka/connection.ts';
import { partitionOf } from '../../src/kafka/partitioner.ts';
import { type EventPublisher, makePublisher, type OutgoingRecord } from '../../src/kafka/publisher.ts';
import { type ReadTopicOptions, readTopic } from '../../src/kafka/reader.ts';
import type { RawRecord } from '../../src/kafka/record-decoding.ts';
import { topicSpecOf } from '../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { lastingPort } from '../make/lasting-port.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const compressions = ['none', 'lz4', 'zstd', 'gzip', 'snappy'] as const;
const directory = temporaryDirectory();
let kafka: EmbeddedKafka;
let connection: KafkaConnection;
let admin: KafkaAdmin;
let publisher: EventPublisher;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({ port: 0, dataDir: directory.path });
  connection = { bootstrapServers: kafka.bootstrapServers };
  admin = makeAdmin({ connection });
  publisher = makePublisher({ connection, codec: makeCodec(), clientId: 'test', compressionOf: () => 'none' });
});

afterAll(async () => {
  await publisher.close();
  await admin.close();
  await kafka.close();
  directory.remove();
});

const record = (topic: string, value: string, key: string | null = value): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: { ce_id: value },
});
const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));

async function read(options: Omit<ReadTopicOptions, 'connection'>): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const batch of readTopic({ connection, ...options })) records.push(...batch);
  return records;
}

const texts = (records: readonly RawRecord[]) => records.map(({ value }) => value?.toString());
const sortedNumbers = (records: readonly RawRecord[]) =>
  texts(records)
    .map(Number)
    .sort((left, right) => left - right);

describe('topics', () => {
  test('are created, grown and configured as their specs say, and left alone the second time', async () => {
    const spec = { name: 'spec.topic.v1', partitions: 2, configs: { 'retention.ms': '60000' } };
    expect(await admin.ensureTopics([spec])).toEqual([{ name: spec.name, change: 'created' }]);
    expect(await admin.ensureTopics([spec])).toEqual([{ name: spec.name, change: 'unchanged' }]);
    const changed = { ...spec, configs: { 'retention.ms': '120000' } };
    expect(await admin.ensureTopics([changed])).toEqual([{ name: spec.name, change: 'configured' }]);
    expect(await admin.topicConfigs(spec.name)).toMatchObject({ 'retention.ms': '120000' });
    expect(await admin.ensureTopics([{ ...changed, partitions: 5 }])).toEqual([{ name: spec.name, change: 'grown' }]);
    expect(await admin.ensureTopics([changed])).toEqual([{ name: spec.name, change: 'unchanged' }]);
    const [described] = await admin.listTopics([spec.name]);
    expect(described?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4]);
  });

  test('of the catalogue get its settings, cut to what the environment affords', async () => {
    const topic = topicNamed('safety.emergency.v1');
    if (topic === undefined) throw new Error('the catalogue has no safety.emergency.v1');
    await admin.ensureTopics([topicSpecOf(topic, { maxRetentionMs: 86_400_000, maxPartitions: 2 })]);
    expect(await admin.topicConfigs(topic.name)).toMatchObject({
      'retention.ms': '86400000',
      'cleanup.policy': 'delete',
    });
    expect((await admin.listTopics([topic.name]))[0]?.partitions).toHaveLength(2);
  });

  test('are deleted, and unknown ones are said to be', async () => {
    await admin.ensureTopics([{ name: 'short.lived.v1', partitions: 1 }]);
    await admin.deleteTopics(['short.lived.v1']);
    expect(await admin.topicNames()).not.toContain('short.lived.v1');
    const error = await codedRejectionOf(admin.deleteTopics(['short.lived.v1']));
    expect(error.code).toBe('EVENTBUS_KAFKA_TOPIC_UNKNOWN');
    expect((await codedRejectionOf(admin.listTopics(['short.lived.v1']))).code).toBe('EVENTBUS_KAFKA_TOPIC_UNKNOWN');
  });

  test('cannot be asked for when nothing listens', async () => {
    const nobody = makeAdmin({ connection: { bootstrapServers: '127.0.0.1:1' }, retries: 0 });
    const error = await codedRejectionOf(nobody.topicNames());
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE', failure: 'dependency' });
    expect(error.message).toContain('127.0.0.1:1');
    await nobody.close();
  });
});

describe('a topic is read', () => {
  const topic = 'read.topic.v1';
  beforeAll(async () => {
    await admin.ensureTopics([{ name: topic, partitions: 3 }]);
    for (const part of [0, 1, 2, 3])
      await publisher.send(numbered(100).map((n) => record(topic, `${part * 100 + Number(n)}`)));
  });

  test('from start to end: every record once, each partition in order', async () => {
    const records = await read({ topic });
    expect(sortedNumbers(records)).toEqual([...Array(400).keys()]);
    for (const partition of [0, 1, 2]) {
      const offsets = records.filter((found) => found.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual([...offsets.keys()]);
    }
    expect(records.every(({ key, partition }) => partitionOf(key ?? '', 3) === partition)).toBe(true);
    expect(records[0]?.headers[0]?.[0]).toBe('ce_id');
  });

  test('in part: one partition, from an offset, to an offset', async () => {
    const records = await read({ topic, partitions: [1], from: { offset: 5 }, to: { offset: 20 } });
    expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 15 }, (_, index) => index + 5));
    expect(new Set(records.map(({ partition }) => partition))).toEqual(new Set([1]));
    expect(await read({ topic, from: { offset: 5000 } })).toEqual([]);
    expect(await read({ topic, from: 'latest' })).toEqual([]);
  });

  test('from a time on', async () => {
    const later = Date.now() + 60_000;
    expect(await read({ topic, from: { timestampMs: later } })).toEqual([]);
    expect(await read({ topic, from: { timestampMs: 0 } })).toHaveLength(400);
    expect(await read({ topic, to: { timestampMs: 0 } })).toEqual([]);
  });

  test('to the end that it had when reading began', async () => {
    const records: RawRecord[] = [];
    for await (const batch of readTopic({ connection, topic })) {
      if (records.length === 0) await publisher.send([record(topic, '400')]);
      records.push(...batch);
    }
    expect(records).toHaveLength(400);
  });

  test('for as long as one likes, until it is aborted', async () => {
    const stop = new AbortController();
    const records: RawRecord[] = [];
    const reading = (async () => {
      const options = { connection, topic, from: 'latest', to: 'never', signal: stop.signal } as const;
      for await (const batch of readTopic(options)) {
        records.push(...batch);
        if (records.length >= 3) stop.abort();
      }
    })();
    while (records.length < 3) await publisher.send([record(topic, 'live')]);
    await reading;
    expect(new Set(texts(records))).toEqual(new Set(['live']));
  });

  test('when it is empty: nothing, at once', async () => {
    await admin.ensureTopics([{ name: 'empty.topic.v1', partitions: 8 }]);
    expect(await read({ topic: 'empty.topic.v1' })).toEqual([]);
  });

  test('unless it or the partition does not exist', async () => {
    expect((await codedRejectionOf(read({ topic: 'no.such.v1' }))).code).toBe('EVENTBUS_KAFKA_TOPIC_UNKNOWN');
    const error = await codedRejectionOf(read({ topic, partitions: [7] }));
    expect(error.message).toContain('has 3 partitions, got partition 7');
  });
});

describe('compressed batches', () => {
  test.each(compressions)('come back from the log: %s', async (compression) => {
    const topic = `compressed.${compression}.v1`;
    await admin.ensureTopics([{ name: topic, partitions: 1 }]);
    const compressing = makePublisher({
      connection,
      codec: makeCodec(),
      clientId: 'c',
      compressionOf: () => compression,
    });
    await compressing.send(numbered(50).map((n) => record(topic, n)));
    await compressing.close();
    expect(texts(await read({ topic }))).toEqual(numbered(50));
  });
});

describe('groups', () => {
  test('are listed with how far they are behind', async () => {
    const topic = 'group.topic.v1';
    await admin.ensureTopics([{ name: topic, partitions: 1 }]);
    await publisher.send(numbered(10).map((n) => record(topic, n)));
    await admin.commitOffsets('readers', [{ topic, partition: 0, offset: 4 }]);
    expect(await admin.groupLag('readers')).toEqual([{ topic, partition: 0, committed: 4, end: 10, lagRecords: 6 }]);
    expect((await admin.listGroups()).map(({ group }) => group)).toContain('readers');
    await admin.deleteGroups(['readers']);
    expect(await admin.groupLag('readers')).toEqual([]);
  });
});

const hasKcat = spawnSync('kcat', ['-V']).status === 0;
const whereInstalled = hasKcat ? describe : describe.skip;

async function kcat(args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)('kcat', ['-b', kafka.bootstrapServers, ...args], { timeout: 15_000 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

whereInstalled(`kcat${hasKcat ? '' : ' (skipped: it is not installed)'}`, () => {
  test.each(compressions)('reads what the publisher wrote: %s', async (compression) => {
    const topic = `kcat.reads.${compression}.v1`;
    await admin.ensureTopics([{ name: topic, partitions: 1 }]);
    const writer = makePublisher({ connection, codec: makeCodec(), clientId: 'c', compressionOf: () => compression });
    await writer.send(numbered(20).map((n) => record(topic, n, `key-${n}`)));
    await writer.close();
    const lines = await kcat(['-C', '-t', topic, '-c', '20', '-q', '-f', '%k %s %h\\n']);
    expect(lines.trim().split('\n')).toEqual(numbered(20).map((n) => `key-${n} ${n} ce_id=${n}`));
  });

  test.each(compressions)('writes what the reader reads: %s', async (compression) => {
    const topic = `kcat.writes.${compression}.v1`;
    await admin.ensureTopics([{ name: topic, partitions: 1 }]);
    const lines = numbered(20).map((n) => `k${n}:${n}\n`);
    await kcat(['-P', '-t', topic, '-K', ':', '-z', compression, '-H', 'a=b'], lines.join(''));
    const records = await read({ topic });
    expect(records.map(({ key, value }) => `${String(key)}:${String(value)}\n`)).toEqual(lines);
    expect(records.every(({ headers }) => headers[0]?.[0] === 'a' && String(headers[0][1]) === 'b')).toBe(true);
  });

  test('puts keys where the publisher puts them, told to hash as Java does', async () => {
    await admin.ensureTopics([{ name: 'kcat.keys.v1', partitions: 7 }]);
    const lines = numbered(60).map((n) => `vehicle-${n}:${n}\n`);
    await kcat(['-P', '-t', 'kcat.keys.v1', '-K', ':', '-X', 'partitioner=murmur2_random'], lines.join(''));
    const records = await read({ topic: 'kcat.keys.v1' });
    expect(records).toHaveLength(60);
    for (const { key, partition } of records) expect(partition).toBe(partitionOf(key ?? '', 7));
  });
});

test('a broker that is stopped and started again has every acknowledged record once, in order', async () => {
  const place = temporaryDirectory();
  const first = await startEmbeddedKafka({ port: await lastingPort(), dataDir: place.path });
  const there = { bootstrapServers: first.bootstrapServers };
  const setUp = makeAdmin({ connection: there });
  await setUp.ensureTopics([{ name: 't', partitions: 1 }]);
  await setUp.close();
  const writer = makePublisher({ connection: there, codec: makeCodec(), clientId: 'w' });
  const sent: Promise<void>[] = [];
  const send = async (from: number) => {
    for (let n = from; n < from + 100; n += 1) sent.push(writer.send([record('t', String(n), 'k')]));
    await sent.at(-1);
  };
  await send(0);
  const during = send(100);
  await first.close();
  const second = await startEmbeddedKafka({ port: first.port, dataDir: place.path });
  await during;
  await send(200);
  await Promise.all(sent);
  await writer.close();
  const records: RawRecord[] = [];
  for await (const batch of readTopic({ connection: there, topic: 't' })) records.push(...batch);
  expect(texts(records)).toEqual(numbered(300));
  await second.close();
  place.remove();
});
