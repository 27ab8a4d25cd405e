import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { wireClient } from '../../make/wire-client.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, createTopic, fetchPartition, listOffset, produceBatch, produceTexts, recordsIn } from './requests.ts';

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

/** A broker in a process of its own. */
async function spawnBroker(dataDir: string) {
  const script = new URL('broker-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataDir]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { port: Number(line.toString()), kill };
}

/** Waits until each producer has that many batches acknowledged. */
async function allReached(acknowledged: ReadonlyMap<number, number>, count: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await sleep(2)) {
    const counts = [...acknowledged.values()];
    if (counts.every((reached) => reached >= count)) return;
    if (Date.now() > deadline)
      throw new Error(`acknowledged are ${counts.join(', ')} batches, wanted ${count} of each`);
  }
}

describe('a broker killed with SIGKILL while producers write', () => {
  test('has every acknowledged batch once and in order, three times over', async () => {
    const directory = temporaryDirectory();
    const producers = [1, 2, 3];
    const acknowledged = new Map(producers.map((id) => [id, 0]));
    for (let round = 0; round < 3; round++) {
      const killed = await spawnBroker(directory.path);
      const setUp = await wireClient(killed.port);
      if (round === 0) await createTopic(setUp, 'events');
      const writing = producers.map(async (producerId) => {
        const client = await wireClient(killed.port);
        for (;;) {
          const baseSequence = acknowledged.get(producerId)!;
          const batch = batchOf([`p${producerId}=${baseSequence}`], { producerId, producerEpoch: 0, baseSequence });
          const answer = await produceBatch(client, batch).catch(() => undefined);
          if (answer === undefined) break;
          // A batch that was stored and not acknowledged before the kill comes back as a duplicate.
          expect(answer.errorCode).toBe(0);
          acknowledged.set(producerId, baseSequence + 1);
        }
      });
      try {
        await Promise.race([allReached(acknowledged, (round + 1) * 8), Promise.all(writing)]);
        // Not always right behind a commit.
        await sleep(round * 37);
      } finally {
        await killed.kill();
      }
      await Promise.all(writing);
    }
    const last = await spawnBroker(directory.path);
    const client = await wireClient(last.port);
    const values = new Map<string, string[]>(producers.map((id) => [`p${id}`, []]));
    for (let offset = 0, end = 1; offset < end; ) {
      const part = await fetchPartition(client, { offset });
      const records = recordsIn(part.records);
      for (const { key, text } of records) values.get(key!)!.push(text.slice(text.indexOf(key!) + key!.length + 1, -1));
      offset = records.at(-1)!.offset + 1;
      end = part.highWatermark;
    }
    for (const id of producers) {
      const stored = values.get(`p${id}`)!;
      expect(acknowledged.get(id)).toBeGreaterThan(10);
      expect(stored.length - acknowledged.get(id)!).toBeLessThanOrEqual(1);
      expect(stored).toEqual(Array.from({ length: stored.length }, (_, index) => String(index)));
    }
    await last.kill();
    directory.remove();
  });
});
