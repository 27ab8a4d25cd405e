import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fetchApi } from '../../../src/local/kafka/apis/fetch.ts';
import { produceApi } from '../../../src/local/kafka/apis/produce.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { clientCodec } from '../../../src/local/kafka/protocol/message.ts';
import { makeBatch, type NewBatch } from '../../../src/local/kafka/protocol/record-batch.ts';
import { encodeRecords } from '../../../src/local/kafka/protocol/records.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, createTopic, fetchPartition, listOffset, produceBatch, produceTexts, recordsIn } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ topics: ['events'] });
});

afterEach(() => kafka.close());

const offsets = (pieces: readonly Uint8Array[]) => recordsIn(pieces).map((record) => record.offset);

/** A batch of one record as far as its header says. */
const batchWith = (records: Uint8Array, fields: Partial<NewBatch> = {}) =>
  makeBatch({ records, recordCount: 1, baseTimestamp: 1, ...fields });

describe('producing', () => {
  test('places batches one after another and serves them byte for byte except offset and epoch', async () => {
    const batch = batchOf(['a', 'b', 'c']);
    expect(await produceBatch(kafka.client, Buffer.from(batch))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produceBatch(kafka.client, Buffer.from(batch))).toMatchObject({ errorCode: 0, baseOffset: 3 });
    const { records, highWatermark, lastStableOffset } = await fetchPartition(kafka.client);
    expect({ highWatermark, lastStableOffset }).toEqual({ highWatermark: 6, lastStableOffset: 6 });
    const bytes = Buffer.concat(records);
    expect(bytes.subarray(16, batch.length)).toEqual(batch.subarray(16));
    expect(offsets(records)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('works in every version offered, old message formats excepted', async () => {
    for (let version = 3; version <= produceApi.maxVersion; version++) {
      const answer = await produceTexts(kafka.client, [`version ${version}`], { version });
      expect(answer).toMatchObject({ errorCode: 0, baseOffset: version - 3 });
    }
    for (let version = fetchApi.minVersion; version <= fetchApi.maxVersion; version++) {
      const { records } = await fetchPartition(kafka.client, { version });
      expect(offsets(records)).toHaveLength(produceApi.maxVersion - 2);
    }
    const old = batchOf(['old']);
    old[16] = 1;
    expect(await produceBatch(kafka.client, old, { version: 0 })).toMatchObject({
      errorCode: wireError.unsupportedForMessageFormat,
    });
  });

  test('with acks 0 gives no answer and stores all the same', async () => {
    const codec = clientCodec(produceApi, 9);
    const topics = [{ name: 'events', partitions: [{ index: 0, records: batchOf(['silent']) }] }];
    for (const piece of codec.writeRequest(1, 'quiet', { transactionalId: null, acks: 0, timeoutMs: 1, topics })) {
      kafka.client.socket.write(piece);
    }
    const { records } = await fetchPartition(kafka.client, { maxWaitMs: 2_000 });
    expect(offsets(records)).toEqual([0]);
  });

  test('refuses a batch that no reader could take apart, whatever its CRC says', async () => {
    const records = encodeRecords([
      { key: Buffer.from('k'), value: Buffer.from('v'), headers: { a: Buffer.from('b') } },
    ]);
    const spoilt = (at: number, byte: number) => Buffer.from(records.with(at, byte));
    const cases: readonly (readonly [string, Buffer])[] = [
      ['fewer records than announced', batchWith(records, { recordCount: 2 })],
      ['more records than announced', batchWith(Buffer.concat([records, records]))],
      ['a record that is cut', batchWith(records.subarray(0, -1))],
      ['a record without length', batchWith(spoilt(0, 0x00))],
      ['an offset that is not next', batchWith(spoilt(3, 0x02))],
      ['a key beyond the record', batchWith(spoilt(4, 0x7e))],
      ['a header count below zero', batchWith(spoilt(8, 0x01))],
      ['a header name without length', batchWith(spoilt(9, 0x01))],
      ['bytes that are no gzip', batchWith(records, { attributes: 1 })],
      ['bytes that are no zstd', batchWith(records, { attributes: 4 })],
      ['a cut record in gzip', batchWith(gzipSync(records.subarray(0, -1)), { attributes: 1 })],
    ];
    for (const [what, bytes] of cases) {
      expect([what, (await produceBatch(kafka.client, bytes)).errorCode]).toEqual([what, wireError.invalidRecord]);
    }
    expect(await produceBatch(kafka.client, batchWith(gzipSync(records), { attributes: 1 }))).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    });
    expect(await produceBatch(kafka.client, batchWith(records))).toMatchObject({ errorCode: 0, baseOffset: 1 });
  });

  test('refuses what is damaged, foreign or too large, and keeps the log as it was', async () => {
    const damaged = batchOf(['damaged']);
    damaged[damaged.length - 1]! ^= 1;
    const twice = Buffer.concat([batchOf(['one']), batchOf(['two'])]);
    const cases: readonly (readonly [Buffer, number])[] = [
      [damaged, wireError.corruptMessage],
      [batchOf(['short']).subarray(0, 50), wireError.corruptMessage],
      [twice, wireError.invalidRecord],
      [batchOf(['control'], { attributes: 0x20 }), wireError.invalidRecord],
      [batchOf(['transaction'], { attributes: 0x10 }), wireError.invalidTxnState],
      [batchOf(['packed'], { attributes: 7 }), wireError.invalidRecord],
      [batchOf(['count'], { recordCount: 0 }), wireError.invalidRecord],
      [batchOf(['large'.repeat(300_000)]), wireError.messageTooLarge],
    ];
    for (const [batch, errorCode] of cases) {
      expect(await produceBatch(kafka.client, batch)).toMatchObject({ errorCode, baseOffset: -1 });
    }
    expect(await produceTexts(kafka.client, ['lost'], { topic: 'nowhere' })).toMatchObject({
      errorCode: wireError.unknownTopicOrPartition,
    });
    expect(await produceTexts(kafka.client, ['lost'], { partition: 9 })).toMatchObject({
      errorCode: wireError.unknownTopicOrPartition,
    });
    expect(await produceTexts(kafka.client, ['lost'], { acks: 2 })).toMatchObject({
      errorCode: wireError.invalidRequiredAcks,
    });
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 0 });
  });

  test('respects a smaller max.message.bytes of the topic', async () => {
    await createTopic(kafka.client, 'small', { configs: { 'max.message.bytes': '200' } });
    expect(await produceTexts(kafka.client, ['x'.repeat(300)], { topic: 'small' })).toMatchObject({
      errorCode: wireError.messageTooLarge,
    });
    expect(await produceTexts(kafka.client, ['x'], { topic: 'small' })).toMatchObject({ errorCode: 0 });
  });

  test('stamps the time of arrival where the topic says so, with a matching CRC', async () => {
    await createTopic(kafka.client, 'stamped', { configs: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = Date.now();
    const answer = await produceBatch(kafka.client, batchOf(['x'], { baseTimestamp: 1 }), { topic: 'stamped' });
    expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before);
    const { errorCode, records } = await fetchPartition(kafka.client, { topic: 'stamped' });
    expect({ errorCode, count: offsets(records).length }).toEqual({ errorCode: 0, count: 1 });
  });

  test('keeps every record of many producers that write at once', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => kafka.connect()));
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 25 }, () => produceTexts(client, ['a', 'b']))),
    );
    const placed = answers.map(({ baseOffset }) => baseOffset).toSorted((a, b) => a - b);
    expect(placed).toEqual(Array.from({ length: 200 }, (_, index) => index * 2));
    const { records } = await fetchPartition(kafka.client);
    expect(offsets(records)).toEqual(Array.from({ length: 400 }, (_, index) => index));
  });

  test('keeps acknowledged records, topics and their ids over a restart', async () => {
    const created = await createTopic(kafka.client, 'kept', { partitions: 3 });
    await produceTexts(kafka.client, ['a', 'b'], { topic: 'kept', partition: 2 });
    await kafka.restart();
    const { records, highWatermark } = await fetchPartition(kafka.client, { topic: 'kept', partition: 2 });
    expect({ highWatermark, offsets: offsets(records) }).toEqual({ highWatermark: 2, offsets: [0, 1] });
    expect(await produceTexts(kafka.client, ['c'], { topic: 'kept', partition: 2 })).toMatchObject({ baseOffset: 2 });
    await expect(createTopic(kafka.client, 'kept')).rejects.toThrow('exists already');
    expect(created.topicId).toMatch(/^[0-9a-f]{8}-/);
  });
});

describe('fetching', () => {
  test('waits for records and answers as soon as they are there', async () => {
    const other = await kafka.connect();
    const started = performance.now();
    const waiting = fetchPartition(kafka.client, { maxWaitMs: 10_000 });
    await produceTexts(other, ['late']);
    expect(offsets((await waiting).records)).toEqual([0]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('waits for the minimum of bytes, and not longer than the maximum wait', async () => {
    await produceTexts(kafka.client, ['one']);
    const started = performance.now();
    const { records } = await fetchPartition(kafka.client, { maxWaitMs: 200, minBytes: 100_000 });
    expect(offsets(records)).toEqual([0]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(195);
  });

  test('gives whole batches up to the limit, and always at least one', async () => {
    const batch = batchOf(['x'.repeat(100)]);
    for (let count = 0; count < 5; count++) await produceBatch(kafka.client, Buffer.from(batch));
    const two = await fetchPartition(kafka.client, { maxBytes: batch.length * 2 + 10 });
    expect(offsets(two.records)).toEqual([0, 1]);
    expect(offsets((await fetchPartition(kafka.client, { maxBytes: 1, offset: 3 })).records)).toEqual([3]);
  });

  test('answers an offset inside a batch with the whole batch', async () => {
    await produceTexts(kafka.client, ['a', 'b', 'c']);
    expect(offsets((await fetchPartition(kafka.client, { offset: 2 })).records)).toEqual([0, 1, 2]);
  });

  test('says where an offset is out of range, a topic unknown, a session refused', async () => {
    await produceTexts(kafka.client, ['a']);
    expect(await fetchPartition(kafka.client, { offset: 2 })).toMatchObject({ errorCode: wireError.offsetOutOfRange });
    expect(await fetchPartition(kafka.client, { offset: -1 })).toMatchObject({ errorCode: wireError.offsetOutOfRange });
    expect(await fetchPartition(kafka.client, { topic: 'nowhere', maxWaitMs: 5_000 })).toMatchObject({
      errorCode: wireError.unknownTopicOrPartition,
    });
    expect(await kafka.client.call(fetchApi, { sessionId: 7, topics: [] })).toMatchObject({
      errorCode: wireError.fetchSessionIdNotFound,
    });
    expect(await kafka.client.call(fetchApi, { sessionEpoch: 0, topics: [] })).toMatchObject({ sessionId: 0 });
  });
});

const at = (baseTimestamp: number) => batchOf(['a', 'b'], { baseTimestamp });

describe('offsets by time', () => {
  test('finds earliest, latest, by timestamp inside a batch, and the newest record', async () => {
    const base = 1_700_000_000_000;
    await produceBatch(kafka.client, at(base));
    await produceBatch(kafka.client, at(base + 5_000));
    await produceBatch(kafka.client, at(base + 1_000));
    expect(await listOffset(kafka.client, -2)).toMatchObject({ offset: 0 });
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 6 });
    expect(await listOffset(kafka.client, -3)).toMatchObject({ offset: 2, timestamp: base + 5_000 });
    expect(await listOffset(kafka.client, base + 1)).toMatchObject({ offset: 2, timestamp: base + 5_000 });
    expect(await listOffset(kafka.client, base + 9_000)).toMatchObject({ offset: -1, errorCode: 0 });
    expect(await listOffset(kafka.client, 0, 'nowhere')).toMatchObject({
      errorCode: wireError.unknownTopicOrPartition,
    });
  });
});
