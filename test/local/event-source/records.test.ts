import { describe, expect, test } from '@jest/globals';
import type { MskEvent } from '../../../src/consumers/batch/msk-event.ts';
import { packBatch } from '../../../src/local/event-source/invocation-batch.ts';
import { buildMskEvent } from '../../../src/local/event-source/msk-event-builder.ts';
import { PartitionBuffer } from '../../../src/local/event-source/partition-buffer.ts';
import { readRecordChunks } from '../../../src/local/event-source/record-chunk.ts';
import { kafkaBatch, type TestRecord } from '../../make/kafka-batch.ts';

const source = { eventSourceArn: 'arn:test', bootstrapServers: '127.0.0.1:9092' };
const numbered = (from: number, to: number): TestRecord[] =>
  Array.from({ length: to - from }, (_, index) => ({ value: `value ${from + index}` }));

function bufferOf(batches: readonly Buffer[], position = 0): PartitionBuffer {
  const buffer = new PartitionBuffer(position);
  for (const chunk of readRecordChunks('t', Buffer.concat(batches), position)) buffer.append(chunk, 5);
  return buffer;
}

function eventOf(buffer: PartitionBuffer, maxRecords = 10_000): MskEvent {
  const portion = buffer.peek({ records: maxRecords, jsonLength: Number.POSITIVE_INFINITY });
  if (portion === null) throw new Error('nothing to deliver');
  return buildMskEvent(packBatch([{ topic: 't', partition: 2, portion }], source));
}

const offsetsOf = (event: MskEvent) => event.records['t-2']?.map(({ offset }) => offset);

describe('the event built from fetched batches', () => {
  test('is the MSK event, with signed header bytes and without absent keys and values', () => {
    const batch = kafkaBatch(
      [
        {
          key: 'schlüssel',
          value: 'wert',
          headers: { ce_id: 'ë-1', 'content-type': 'text/plain' },
          timestampMs: 1_000,
        },
        { key: null, value: null, timestampMs: 1_250, headers: {} },
      ],
      { baseOffset: 4_000_000_000 },
    );
    expect(eventOf(bufferOf([batch], 4_000_000_000))).toEqual({
      eventSource: 'aws:kafka',
      ...source,
      records: {
        't-2': [
          {
            topic: 't',
            partition: 2,
            offset: 4_000_000_000,
            timestamp: 1_000,
            timestampType: 'CREATE_TIME',
            key: Buffer.from('schlüssel').toString('base64'),
            value: Buffer.from('wert').toString('base64'),
            headers: [{ ce_id: [-61, -85, 45, 49] }, { 'content-type': [...Buffer.from('text/plain')] }],
          },
          {
            topic: 't',
            partition: 2,
            offset: 4_000_000_001,
            timestamp: 1_250,
            timestampType: 'CREATE_TIME',
            headers: [],
          },
        ],
      },
    });
  });

  test('says LOG_APPEND_TIME and the batch’s time when the broker set the timestamps', () => {
    const records = [{ timestampMs: 1_000 }, { timestampMs: 3_000 }, { timestampMs: 2_000 }];
    const event = eventOf(bufferOf([kafkaBatch(records, { attributes: 8 })]));
    expect(event.records['t-2']?.map(({ timestamp, timestampType }) => [timestamp, timestampType])).toEqual(
      records.map(() => [3_000, 'LOG_APPEND_TIME']),
    );
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reads batches compressed with %s', (compression) => {
    const event = eventOf(bufferOf([kafkaBatch(numbered(0, 40), { compression })]));
    expect(event.records['t-2']?.map(({ value }) => Buffer.from(value ?? '', 'base64').toString())).toEqual(
      numbered(0, 40).map(({ value }) => value),
    );
  });

  test('is never longer than the size that was estimated for it, and not much shorter', () => {
    const records = Array.from({ length: 50 }, (_, index) => ({
      key: `vehicle-${index}`,
      value: Buffer.alloc(100 + index * 7, index),
      headers: { ce_id: `id-${index}`, 'x-binary': Buffer.from([0, 9, 99, 127, 128, 200, 255, index]) },
      timestampMs: Date.now(),
    }));
    const portion = bufferOf([kafkaBatch(records)]).peek({ records: 50, jsonLength: Number.POSITIVE_INFINITY });
    if (portion === null) throw new Error('nothing to deliver');
    const event = buildMskEvent(packBatch([{ topic: 't', partition: 2, portion }], source));
    const actual = JSON.stringify(event.records['t-2']).length;
    expect(portion.jsonLength).toBeGreaterThanOrEqual(actual);
    expect(portion.jsonLength).toBeLessThan(actual * 1.1);
  });
});

describe('a partition’s buffer', () => {
  test('gives the head in portions, keeps it until settled, and gives it again', () => {
    const buffer = bufferOf([kafkaBatch(numbered(0, 3)), kafkaBatch(numbered(3, 6), { baseOffset: 3 })]);
    expect(offsetsOf(eventOf(buffer, 4))).toEqual([0, 1, 2, 3]);
    expect(offsetsOf(eventOf(buffer, 4))).toEqual([0, 1, 2, 3]);
    buffer.settle(2);
    expect(offsetsOf(eventOf(buffer, 3))).toEqual([2, 3, 4]);
    buffer.settle(6);
    expect([buffer.records, buffer.bytes, buffer.position, buffer.peek({ records: 9, jsonLength: 9 })]).toEqual([
      0,
      0,
      6,
      null,
    ]);
  });

  test('leaves out records before the position that its batch begins with', () => {
    const buffer = bufferOf([kafkaBatch(numbered(0, 5))], 3);
    expect(offsetsOf(eventOf(buffer))).toEqual([3, 4]);
  });

  test('passes over control batches and the gaps of compaction', () => {
    const gap = kafkaBatch(numbered(0, 2), { baseOffset: 0 });
    gap.writeInt32BE(9, 23);
    const control = kafkaBatch([{}], { baseOffset: 10, attributes: 32 });
    const buffer = bufferOf([gap, control, kafkaBatch(numbered(0, 1), { baseOffset: 11 })]);
    expect(buffer.peek({ records: 2, jsonLength: Number.POSITIVE_INFINITY })?.end).toBe(11);
    expect(offsetsOf(eventOf(buffer))).toEqual([0, 1, 11]);
    buffer.settle(11);
    expect(offsetsOf(eventOf(buffer))).toEqual([11]);
    const onlyControl = bufferOf([control], 10);
    expect([onlyControl.records, onlyControl.position]).toEqual([0, 11]);
  });

  test('cuts a portion at the size limit, but never gives less than one record', () => {
    const big = { value: Buffer.alloc(3_000) };
    const buffer = bufferOf([kafkaBatch([big, big, big])]);
    expect(buffer.peek({ records: 10, jsonLength: 9_000 })?.records).toBe(2);
    expect(buffer.peek({ records: 10, jsonLength: 100 })?.records).toBe(1);
  });

  test('leaves a batch that the broker cut at the end for the next fetch', () => {
    const cut = kafkaBatch(numbered(3, 6), { baseOffset: 3 }).subarray(0, 80);
    expect(offsetsOf(eventOf(bufferOf([kafkaBatch(numbered(0, 3)), cut])))).toEqual([0, 1, 2]);
  });

  test.each([
    ['another message format', (bytes: Buffer) => bytes.writeInt8(1, 16)],
    ['a record longer than its batch', (bytes: Buffer) => bytes.writeUInt8(0x7e, 61)],
    ['more records than it has', (bytes: Buffer) => bytes.writeInt32BE(50, 57)],
    ['an unknown compression', (bytes: Buffer) => bytes.writeInt16BE(7, 21)],
    ['a negative length', (bytes: Buffer) => bytes.writeInt32BE(-5, 8)],
  ])('refuses a batch with %s by a coded error', (_what, damage) => {
    const batch = kafkaBatch([{ value: 'x' }]);
    damage(batch);
    expect(() => readRecordChunks('t', batch, 0)).toThrow(expect.objectContaining({ code: 'EVENTBUS_SOURCE_BATCH' }));
  });
});
