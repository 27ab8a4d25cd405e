import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { makeAppender } from '../../../../src/local/kafka/log/append.ts';
import { CommitQueue } from '../../../../src/local/kafka/log/commit-queue.ts';
import { compact } from '../../../../src/local/kafka/log/compaction.ts';
import { openDatabase } from '../../../../src/local/kafka/log/database.ts';
import type { PartitionLog } from '../../../../src/local/kafka/log/partition-log.ts';
import { readBatches } from '../../../../src/local/kafka/log/reading.ts';
import { makeStore } from '../../../../src/local/kafka/log/store.ts';
import { completeSettings } from '../../../../src/local/kafka/settings.ts';
import { type Topic, Topics } from '../../../../src/local/kafka/topics.ts';
import { temporaryDirectory } from '../../../make/temporary-directory.ts';
import { batchOf } from '../requests.ts';

const partitions = 3;
const cacheBytes = 20_000;

interface NewText {
  readonly key: string;
  readonly length: number;
}

/** A broker's log without a network; its disk fails on demand. */
class LogRig {
  readonly #directory = temporaryDirectory();
  readonly #db = openDatabase(this.#directory.path).db;
  readonly store = makeStore(this.#db);
  #queue = new CommitQueue(this.store, () => undefined);
  #topics = this.#open();
  #appended = 0;
  /** Reads that the cache answered, to know that it took part. */
  cachedReads = 0;

  constructor() {
    // What a crash takes away is the subject of other tests; here a commit may be quick.
    this.#db.exec('PRAGMA synchronous = OFF');
    this.#topics.create('events', partitions, { 'cleanup.policy': 'compact,delete' });
  }

  #open() {
    return new Topics(this.store, this.#queue, completeSettings({ tailCacheBytes: cacheBytes }));
  }

  get topic(): Topic {
    return this.#topics.named('events')!;
  }

  append(partition: number, records: readonly NewText[]): void {
    const append = makeAppender(this.store, this.#queue, () => 1_000);
    const texts = records.map(({ key, length }) => `${key}=${String(this.#appended++).padEnd(length, '.')}`);
    append({ log: this.topic.partitions[partition]!, policy: this.topic.policy }, batchOf(texts));
  }

  commit(): void {
    this.#queue.flush();
  }

  failCommit(): void {
    this.#queue.add(() => {
      throw new Error('the disk is full');
    });
    this.#queue.flush();
  }

  deleteBelow(partition: number, share: number): void {
    const log = this.topic.partitions[partition]!;
    const offset = log.startOffset + Math.floor((log.readableTo - log.startOffset) * share);
    this.#queue.flush();
    log.deleteBelow(offset);
  }

  async compact(partition: number): Promise<void> {
    const log = this.topic.partitions[partition]!;
    await compact({ store: this.store, log, policy: this.topic.policy, nowMs: 1_000 }, async () => {});
  }

  recreate(): void {
    this.#topics.delete(this.topic);
    this.#topics.create('events', partitions, { 'cleanup.policy': 'compact,delete' });
  }

  restart(): void {
    this.commit();
    this.#topics = this.#open();
  }

  /** Reads, of every partition from every offset, that give something else than the disk alone. */
  wrongReads(maxBytes: number): readonly string[] {
    const wrong: string[] = [];
    for (const [number, log] of this.topic.partitions.entries()) {
      const onDiskOnly: PartitionLog = Object.create(log, { cachedFrom: { value: () => undefined } });
      for (let offset = log.startOffset; offset <= log.nextOffset; offset += 1) {
        const want = { offset, maxBytes, atLeastOne: true };
        const [read, stored] = [log, onDiskOnly].map((source) => readBatches(this.store, source, want));
        if (!isDeepStrictEqual(read, stored)) wrong.push(`partition ${number} from ${offset}`);
        if (offset < log.readableTo && log.cachedFrom(offset) !== undefined) this.cachedReads += 1;
      }
    }
    return wrong;
  }

  close(): void {
    this.commit();
    this.#db.close();
    this.#directory.remove();
  }
}

const text: NewText = { key: 'a', length: 100 };
const partition = fc.nat(partitions - 1);
const records = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), length: fc.integer({ min: 1, max: 900 }) }),
  { minLength: 1, maxLength: 4 },
);

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('append' as const), partition, records }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failCommit' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      partition,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), partition }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recreate' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function perform(rig: LogRig, wanted: Step): Promise<void> {
  switch (wanted.do) {
    case 'append':
      return rig.append(wanted.partition, wanted.records);
    case 'commit':
      return rig.commit();
    case 'failCommit':
      return rig.failCommit();
    case 'delete':
      return rig.deleteBelow(wanted.partition, wanted.share);
    case 'compact':
      return rig.compact(wanted.partition);
    case 'recreate':
      return rig.recreate();
    case 'restart':
      return rig.restart();
  }
}

describe('reading with the cache', () => {
  test('gives the same bytes as the disk, whatever was appended, deleted, compacted, lost or restarted', async () => {
    let cachedReads = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.constantFrom(1, 700, 5_000, 1_000_000),
        async (steps, maxBytes) => {
          const rig = new LogRig();
          try {
            for (const wanted of steps) {
              await perform(rig, wanted);
              expect(rig.wrongReads(maxBytes)).toEqual([]);
            }
          } finally {
            rig.close();
          }
          cachedReads += rig.cachedReads;
        },
      ),
      { numRuns: 25 },
    );
    expect(cachedReads).toBeGreaterThan(1_000);
  });
});

describe('a batch that is not committed yet', () => {
  test('is not read, neither before its commit nor after its commit failed', () => {
    const rig = new LogRig();
    const log = rig.topic.partitions[0]!;
    const read = () => readBatches(rig.store, log, { offset: 0, maxBytes: 1_000_000, atLeastOne: true }).batches.length;
    rig.append(0, [text]);
    expect([read(), log.cachedFrom(0)]).toEqual([0, undefined]);
    rig.commit();
    rig.append(0, [text]);
    expect(read()).toBe(1);
    rig.failCommit();
    expect(read()).toBe(1);
    rig.append(0, [text]);
    rig.commit();
    expect(read()).toBe(2);
    rig.close();
  });
});

describe('readers at the end of a log', () => {
  test('are served without a look at the disk, until the broker starts anew', () => {
    const rig = new LogRig();
    for (let count = 0; count < 3; count += 1) {
      rig.append(0, [text]);
      rig.commit();
    }
    let diskReads = 0;
    const store = {
      ...rig.store,
      batchesFrom(log: number, offset: number) {
        diskReads += 1;
        return rig.store.batchesFrom(log, offset);
      },
    };
    const read = () =>
      readBatches(store, rig.topic.partitions[0]!, { offset: 1, maxBytes: 1_000_000, atLeastOne: true }).batches.length;
    expect([read(), read(), diskReads]).toEqual([2, 2, 0]);
    rig.restart();
    expect([read(), diskReads]).toEqual([2, 1]);
    rig.close();
  });
});
