import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, fetchPartition, listOffset, produceBatch, produceTexts, recordsIn } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ topics: ['events'] });
});

afterEach(() => kafka.close());

const offsets = (pieces: readonly Uint8Array[]) => recordsIn(pieces).map((record) => record.offset);

/** Flips one bit of the stored batch that starts at `baseOffset`. */
function flipBit(dataDir: string, baseOffset: number, position: number): void {
  const db = new DatabaseSync(join(dataDir, 'log.sqlite'));
  const row = db.prepare('SELECT id, bytes FROM batch WHERE base_offset = ?').get(baseOffset)!;
  const bytes = row['bytes'] as Uint8Array;
  bytes[position]! ^= 0x10;
  db.prepare('UPDATE batch SET bytes = ? WHERE id = ?').run(bytes, row['id']!);
  db.close();
}

describe('a bit that flipped on disk', () => {
  test.each([
    ['the records', 70],
    ['the header', 30],
    ['the base offset, which no CRC covers', 7],
    ['the message format, which no CRC covers', 16],
    ['the length, which no CRC covers', 10],
  ])('in %s is reported for that fetch, and the rest stays readable', async (_, position) => {
    for (const text of ['one', 'two', 'three']) await produceTexts(kafka.client, [text, text]);
    await kafka.offline((dataDir) => flipBit(dataDir, 2, position));
    expect(offsets((await fetchPartition(kafka.client)).records)).toEqual([0, 1]);
    const damaged = await fetchPartition(kafka.client, { offset: 2, maxWaitMs: 5_000 });
    expect(damaged).toMatchObject({ errorCode: wireError.corruptMessage, highWatermark: 6 });
    expect(damaged.records.reduce((sum, piece) => sum + piece.length, 0)).toBe(0);
    await fetchPartition(kafka.client, { offset: 3 });
    expect(offsets((await fetchPartition(kafka.client, { offset: 4 })).records)).toEqual([4, 5]);
    expect(kafka.log.filter(({ code }) => code === 'EVENTBUS_BROKER_BATCH_CORRUPT')).toEqual([
      expect.objectContaining({ details: { topic: 'events', partition: 0, baseOffset: 2, lastOffset: 3 } }),
    ]);
  });
});

describe('a storage that fails', () => {
  test('acknowledges nothing, says so, and goes on with the right offsets when it works again', async () => {
    await produceTexts(kafka.client, ['before']);
    // A row at the place of the next batch makes its transaction fail, as a full disk would.
    await kafka.offline((dataDir) => {
      const db = new DatabaseSync(join(dataDir, 'log.sqlite'));
      db.exec(`CREATE TRIGGER full BEFORE INSERT ON batch WHEN NEW.size > 1000 BEGIN SELECT RAISE(ABORT, 'full'); END`);
      db.close();
    });
    const producer = { producerId: 3, producerEpoch: 0 };
    const large = (baseSequence: number) => batchOf(['x'.repeat(2_000)], { ...producer, baseSequence });
    expect(await produceBatch(kafka.client, large(0))).toMatchObject({ errorCode: wireError.storageError });
    expect(kafka.log).toContainEqual(expect.objectContaining({ code: 'EVENTBUS_BROKER_STORAGE_FAILED' }));
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 1 });
    const small = batchOf(['small'], { ...producer, baseSequence: 0 });
    expect(await produceBatch(kafka.client, small)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(offsets((await fetchPartition(kafka.client)).records)).toEqual([0, 1]);
  });
});
