import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteRecordsApi } from '../../../src/local/kafka/apis/delete-records.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { batchHeaderBytes, makeBatch } from '../../../src/local/kafka/protocol/record-batch.ts';
import { encodeRecords } from '../../../src/local/kafka/protocol/records.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, createTopic, fetchPartition, listOffset, produceBatch, produceTexts, recordsIn } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest();
});

afterEach(() => kafka.close());

const offsets = (pieces: readonly Uint8Array[]) => recordsIn(pieces).map((record) => record.offset);
const hour = 3_600_000;

const deleteTo = async (offset: number, topic = 'events') => {
  const response = await kafka.client.call(deleteRecordsApi, {
    topics: [{ name: topic, partitions: [{ index: 0, offset }] }],
    timeoutMs: 1_000,
  });
  return response.topics[0]!.partitions[0]!;
};

const compacted = (configs = {}) =>
  createTopic(kafka.client, 'events', { configs: { 'cleanup.policy': 'compact', ...configs } });
const left = async () => {
  const { records } = await fetchPartition(kafka.client);
  return recordsIn(records).map(({ offset, key }) => `${offset}:${key}`);
};

describe('retention', () => {
  test('by time removes whole old batches, moves the start of the log and keeps its end over a restart', async () => {
    await createTopic(kafka.client, 'events', { configs: { 'retention.ms': String(hour) } });
    await produceTexts(kafka.client, ['old', 'old']);
    kafka.advanceClock(2 * hour);
    await produceBatch(kafka.client, batchOf(['new'], { baseTimestamp: Date.now() + 2 * hour }));
    await kafka.broker.retain();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 2 });
    expect(await fetchPartition(kafka.client, { offset: 0 })).toMatchObject({
      errorCode: wireError.offsetOutOfRange,
      logStartOffset: 2,
    });
    expect(offsets((await fetchPartition(kafka.client, { offset: 2 })).records)).toEqual([2]);
    kafka.advanceClock(4 * hour);
    await kafka.broker.retain();
    await kafka.restart();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 3 });
    expect(await produceTexts(kafka.client, ['next'])).toMatchObject({ baseOffset: 3 });
  });

  test('by size keeps at least the size, oldest first out', async () => {
    const size = batchOf(['x'.repeat(100)]).length;
    await createTopic(kafka.client, 'events', { configs: { 'retention.bytes': String(size * 2 + 1) } });
    for (let count = 0; count < 5; count++) await produceTexts(kafka.client, ['x'.repeat(100)]);
    await kafka.broker.retain();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 2 });
    await kafka.broker.retain();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 2 });
  });

  test('leaves everything where the topic keeps for ever', async () => {
    await createTopic(kafka.client, 'events', { configs: { 'retention.ms': '-1' } });
    await produceTexts(kafka.client, ['kept']);
    kafka.advanceClock(10_000 * hour);
    await kafka.broker.retain();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 0 });
  });
});

describe('DeleteRecords', () => {
  test('moves the start of the log, inside a batch too, and survives a restart', async () => {
    await createTopic(kafka.client, 'events');
    await produceTexts(kafka.client, ['a', 'b', 'c']);
    await produceTexts(kafka.client, ['d']);
    expect(await deleteTo(1)).toMatchObject({ errorCode: 0, lowWatermark: 1 });
    expect(await fetchPartition(kafka.client, { offset: 0 })).toMatchObject({ errorCode: wireError.offsetOutOfRange });
    await kafka.restart();
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 1 });
    expect(await deleteTo(-1)).toMatchObject({ errorCode: 0, lowWatermark: 4 });
    expect(await produceTexts(kafka.client, ['e'])).toMatchObject({ baseOffset: 4 });
  });

  test('refuses what is beyond the end, unknown, or only compacted', async () => {
    await createTopic(kafka.client, 'events');
    await createTopic(kafka.client, 'keyed', { configs: { 'cleanup.policy': 'compact' } });
    expect(await deleteTo(1)).toMatchObject({ errorCode: wireError.offsetOutOfRange });
    expect(await deleteTo(0, 'nowhere')).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    expect(await deleteTo(0, 'keyed')).toMatchObject({ errorCode: wireError.policyViolation });
  });
});

describe('compaction', () => {
  test('keeps the newest record of every key at its offset, and the last batch untouched', async () => {
    await compacted({ 'min.cleanable.dirty.ratio': '0' });
    await produceTexts(kafka.client, ['a=1', 'b=1', 'c=1']);
    await produceTexts(kafka.client, ['a=2', 'b=2']);
    await produceTexts(kafka.client, ['a=3']);
    await produceTexts(kafka.client, ['z=1', 'z=2']);
    await kafka.broker.compact();
    expect(await left()).toEqual(['2:c', '4:b', '5:a', '6:z', '7:z']);
    await kafka.restart();
    expect(await left()).toEqual(['2:c', '4:b', '5:a', '6:z', '7:z']);
    expect(await produceTexts(kafka.client, ['a=4'])).toMatchObject({ baseOffset: 8 });
    await kafka.broker.compact();
    expect(await left()).toEqual(['2:c', '4:b', '5:a', '7:z', '8:a']);
  });

  test('waits until enough of the log is new', async () => {
    await compacted({ 'min.cleanable.dirty.ratio': '0.9' });
    for (const text of ['a=1', 'a=2', 'a=3']) await produceTexts(kafka.client, [text]);
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:a', '2:a']);
    await produceTexts(kafka.client, ['a=4']);
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:a', '2:a', '3:a']);
  });

  test('keeps tombstones until their time is over', async () => {
    await compacted({ 'delete.retention.ms': String(hour), 'min.cleanable.dirty.ratio': '0' });
    await produceTexts(kafka.client, ['a=1', 'b=1']);
    await produceTexts(kafka.client, ['a=']);
    await produceTexts(kafka.client, ['z=1']);
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:b', '2:a', '3:z']);
    kafka.advanceClock(2 * hour);
    await produceTexts(kafka.client, ['z=2']);
    await produceTexts(kafka.client, ['z=3']);
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:b', '4:z', '5:z']);
  });

  test.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('unpacks and packs %s batches', async (_, attributes, pack) => {
    await compacted();
    const packed = (texts: readonly string[]) => {
      const records = pack(batchOf(texts).subarray(batchHeaderBytes));
      return makeBatch({ records, recordCount: texts.length, baseTimestamp: Date.now(), attributes });
    };
    await produceBatch(kafka.client, packed(['a=1', 'b=1']));
    await produceBatch(kafka.client, packed(['a=2', 'c=1']));
    await produceBatch(kafka.client, packed(['z=1']));
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:b', '2:a', '3:c', '4:z']);
  });

  test('keeps batches whole that it cannot unpack', async () => {
    await compacted();
    for (let count = 0; count < 3; count++) {
      const lz4 = makeBatch({ records: Buffer.alloc(90, 1), recordCount: 2, baseTimestamp: 1, attributes: 3 });
      await produceBatch(kafka.client, lz4);
    }
    await produceTexts(kafka.client, ['z=1']);
    const before = Buffer.concat((await fetchPartition(kafka.client)).records);
    await kafka.broker.compact();
    expect(Buffer.concat((await fetchPartition(kafka.client)).records)).toEqual(before);
  });

  test('leaves young records alone, and refuses records without a key', async () => {
    await compacted({ 'min.compaction.lag.ms': String(hour) });
    await produceTexts(kafka.client, ['a=1']);
    await produceTexts(kafka.client, ['a=2']);
    await produceTexts(kafka.client, ['a=3']);
    await kafka.broker.compact();
    expect(await left()).toHaveLength(3);
    expect(await produceTexts(kafka.client, ['no key'])).toMatchObject({ errorCode: wireError.invalidRecord });
    const packed = makeBatch({
      records: gzipSync(encodeRecords([{ key: null, value: Buffer.from('no key') }])),
      recordCount: 1,
      baseTimestamp: 1,
      attributes: 1,
    });
    expect(await produceBatch(kafka.client, packed)).toMatchObject({ errorCode: wireError.invalidRecord });
    kafka.advanceClock(2 * hour);
    await kafka.broker.compact();
    expect(await left()).toEqual(['1:a', '2:a']);
  });
});
