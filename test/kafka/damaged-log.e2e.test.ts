import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTimeOrder } from '../../src/cli/consume/time-order.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import type { AppError } from '../../src/core/errors/app-error.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { GroupReader, type ReadPartition } from '../../src/kafka/group-reader.ts';
import { partitionOf } from '../../src/kafka/partitioner.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { type ReadTopicOptions, readTopic } from '../../src/kafka/reader.ts';
import type { RawRecord } from '../../src/kafka/record-decoding.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const topic = 'damaged.topic.v1';
/** A key for each of the two partitions. */
const keys = [0, 1].map(
  (partition) => ['a', 'b', 'c', 'd', 'e'].find((key) => partitionOf(key, 2) === partition) ?? '',
);
const directory = temporaryDirectory();
let kafka: EmbeddedKafka;

/** Ten batches of one record in each of two partitions; the fourth of the first partition is damaged on disk. */
beforeAll(async () => {
  const first = await startEmbeddedKafka({ dataDir: directory.path });
  const connection = { bootstrapServers: first.bootstrapServers };
  const admin = makeAdmin({ connection });
  await admin.ensureTopics([{ name: topic, partitions: 2 }]);
  const publisher = makePublisher({ connection, codec: makeCodec(), clientId: 'test', lingerMs: 0 });
  for (let index = 0; index < 10; index++) {
    await publisher.send(keys.map((key) => ({ topic, key, value: Buffer.from('x'), headers: {} })));
  }
  await publisher.close();
  await admin.close();
  await first.close();
  damageBatch(directory.path, 3);
  kafka = await startEmbeddedKafka({ dataDir: directory.path, log: () => {} });
});

afterAll(async () => {
  await kafka.close();
  directory.remove();
});

function damageBatch(dataDir: string, baseOffset: number): void {
  const db = new DatabaseSync(join(dataDir, 'log.sqlite'));
  const row = db.prepare('SELECT id, bytes FROM batch WHERE base_offset = ? ORDER BY id').get(baseOffset);
  const bytes = row?.['bytes'] as Uint8Array;
  bytes[bytes.length - 1] = ~(bytes.at(-1) ?? 0) & 0xff;
  db.prepare('UPDATE batch SET bytes = ? WHERE id = ?').run(bytes, row?.['id'] ?? null);
  db.close();
}

interface Read {
  readonly places: readonly string[];
  readonly error: AppError | undefined;
}

async function read(batches: AsyncIterable<readonly RawRecord[]>): Promise<Read> {
  const places: string[] = [];
  try {
    for await (const batch of batches) places.push(...batch.map(({ partition, offset }) => `${partition}/${offset}`));
    return { places: places.sort(), error: undefined };
  } catch (error) {
    return { places: places.sort(), error: error as AppError };
  }
}

const from = (options: Partial<ReadTopicOptions> = {}) =>
  readTopic({ connection: { bootstrapServers: kafka.bootstrapServers }, topic, ...options });
const places = (partition: number, first: number, end: number) =>
  Array.from({ length: end - first }, (_, index) => `${partition}/${first + index}`);

test('a damaged batch ends the reading after all else was read, names its place, and takes no half minute', async () => {
  const began = performance.now();
  const { places: found, error } = await read(from());
  expect(found).toEqual([...places(0, 0, 3), ...places(1, 0, 10)]);
  expect(error?.code).toBe('EVENTBUS_KAFKA_RECORDS_CORRUPT');
  expect(error?.message).toContain(`${topic} partition 0, batch with offset 3: the cluster answers CORRUPT_MESSAGE`);
  expect(error?.message).toContain('consume --partition N --from OFFSET');
  expect(error?.details).toEqual({ topic, partition: 0, offset: 3 });
  expect(exitCodeOf(error)).toBe(1);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('the way out works: behind the damaged batch everything can be read', async () => {
  const { places: found, error } = await read(from({ partitions: [0], from: { offset: 4 } }));
  expect(error).toBeUndefined();
  expect(found).toEqual(places(0, 4, 10));
});

test('in the order of time, too, what was read comes out before the error', async () => {
  const ends = new Map([
    [0, 10],
    [1, 10],
  ]);
  const { places: found, error } = await read(inTimeOrder(from(), { ends, maxHeldBytes: 1_000_000 }));
  expect(found).toEqual([...places(0, 0, 3), ...places(1, 0, 10)]);
  expect(error?.code).toBe('EVENTBUS_KAFKA_RECORDS_CORRUPT');
});

test('reading without an end stops at the damage instead of passing over a partition in silence', async () => {
  const { places: found, error } = await read(from({ to: 'never' }));
  expect(found).toEqual(expect.arrayContaining([...places(0, 0, 3), ...places(1, 0, 10)]));
  expect(error?.code).toBe('EVENTBUS_KAFKA_RECORDS_CORRUPT');
});

test('reading goes on behind the damage for whoever asks to be told of it', async () => {
  const damaged: string[] = [];
  const { places: found, error } = await read(
    from({ onDamaged: (partition, offset) => damaged.push(`${partition}/${offset}`) }),
  );
  expect(error).toBeUndefined();
  expect(damaged).toEqual(['0/3']);
  expect(found).toEqual([...places(0, 0, 3), ...places(0, 4, 10), ...places(1, 0, 10)]);
});

test('a member of a group passes over the damage, says what is gone, and reaches the end', async () => {
  const gone: unknown[] = [];
  const reader = new GroupReader<ReadPartition>({
    connection: { bootstrapServers: kafka.bootstrapServers },
    group: 'damaged-readers',
    topics: [topic],
    sessionTimeoutMs: 10_000,
    commitIntervalMs: 50,
    makePartition: ({ topic: name, partition }, offset) => new PlainPartition(name, partition, offset),
    demand: (partitions) => ({ partitions, gathering: false }),
    onPartitions: () => {},
    // One batch holds one record here.
    onFetched: (partition, records) => {
      for (let at = 0; at < records.length; at += 12 + records.readInt32BE(at + 8)) {
        partition.fetchOffset = Number(records.readBigInt64BE(at)) + 1;
      }
    },
    onRound: () => {},
    onFailed: () => {},
    onOutOfRange: () => {},
    onDamaged: ({ partition }, { from: first, to }) => gone.push({ partition, first, to }),
  });
  reader.start();
  while (!(await reader.atEnd())) await new Promise((resolve) => setTimeout(resolve, 50));
  await reader.close();
  expect(gone).toEqual([{ partition: 0, first: 3, to: 4 }]);
});

class PlainPartition implements ReadPartition {
  readonly topic: string;
  readonly partition: number;
  fetchOffset: number;
  fetchAtMs = 0;
  highWatermark = 0;
  committed: number;
  readonly occupied = false;
  revoked = false;

  constructor(topicName: string, partition: number, offset: number) {
    this.topic = topicName;
    this.partition = partition;
    this.fetchOffset = offset;
    this.committed = offset;
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get position(): number {
    return this.fetchOffset;
  }
}
