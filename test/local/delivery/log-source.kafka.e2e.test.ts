import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Producer } from '@platformatic/kafka';
import { makeKafkaLog } from '../../../src/cli/audit/kafka-log.ts';
import { type KafkaAdmin, makeAdmin } from '../../../src/kafka/admin.ts';
import { makeKafkaLogSource } from '../../../src/local/delivery/log-source.kafka.ts';
import type { LogSource } from '../../../src/local/delivery/log-source.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';

const limits = { minBytes: 1, maxWaitMs: 100, maxBytes: 1_000_000 };

describe('the log as the delivery and the audit read it over the Kafka protocol', () => {
  let folder: string;
  let kafka: EmbeddedKafka;
  let admin: KafkaAdmin;
  let source: LogSource;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'log-source-'));
    kafka = await startEmbeddedKafka({ dataDir: folder, port: 0 });
    const { bootstrapServers } = kafka;
    admin = makeAdmin({ connection: { bootstrapServers } });
    await admin.ensureTopics([
      { name: 'one', partitions: 2 },
      { name: 'empty', partitions: 1 },
    ]);
    source = makeKafkaLogSource({ bootstrapServers, clientId: 'test' });
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [bootstrapServers] });
    const messages = Array.from({ length: 10 }, (_, index) => ({
      topic: 'one',
      partition: index % 2,
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`v${index}`),
      timestamp: BigInt(1_000 + index),
      headers: new Map([[Buffer.from('ce_id'), Buffer.from(`id-${index}`)]]),
    }));
    await producer.send({ messages });
    await producer.close();
  });

  afterAll(async () => {
    await source.close();
    await admin.close();
    await kafka.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells the bounds of topics that exist', async () => {
    const bounds = await source.bounds(['one', 'empty', 'absent']);
    expect(bounds.map(({ topic, partition, start, end }) => `${topic}-${partition} ${start} ${end}`).sort()).toEqual([
      'empty-0 0 0',
      'one-0 0 5',
      'one-1 0 5',
    ]);
    const ids = new Map(bounds.map(({ topic, topicId }) => [topic, topicId]));
    expect(ids.get('one')).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids.get('one')).not.toBe(ids.get('empty'));
  });

  test('reads records from a position on, with key, time and headers', async () => {
    const [slice] = await source.read([{ topic: 'one', partition: 1, offset: 3 }], limits);
    expect(slice).toMatchObject({ topic: 'one', partition: 1, nextOffset: 5 });
    const [record, ...more] = slice?.records ?? [];
    expect(more).toHaveLength(1);
    expect(record).toEqual({
      offset: 3,
      timestampMs: 1_007,
      key: Buffer.from('k7').toString('base64'),
      value: Buffer.from('v7').toString('base64'),
      headers: { ce_id: 'id-7' },
    });
  });

  test('gives nothing for positions at the end', async () => {
    expect(await source.read([{ topic: 'one', partition: 0, offset: 5 }], limits)).toEqual([]);
  });

  test('shows positions as committed offsets of a group', async () => {
    await source.report('shown', [{ topic: 'one', partition: 0, offset: 4 }]);
    expect(await admin.groupLag('shown')).toEqual([
      { topic: 'one', partition: 0, committed: 4, end: 5, lagRecords: 1 },
    ]);
  });

  test('is read by the audit up to the ends given and no further', async () => {
    const log = makeKafkaLog({ bootstrapServers: kafka.bootstrapServers }, admin, ['one', 'absent']);
    expect(await log.bounds()).toHaveLength(2);
    const read: string[] = [];
    const bounds = [
      { topic: 'one', partition: 0, start: 0, end: 3 },
      { topic: 'one', partition: 1, start: 0, end: 0 },
    ];
    for await (const batch of log.read('one', bounds, () => {})) read.push(...batch.map(({ value }) => String(value)));
    expect(read).toEqual(['v0', 'v2', 'v4']);
  });
});
