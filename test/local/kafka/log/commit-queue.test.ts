import { describe, expect, test } from '@jest/globals';
import { CommitQueue } from '../../../../src/local/kafka/log/commit-queue.ts';
import type { PartitionLog } from '../../../../src/local/kafka/log/partition-log.ts';
import type { Store } from '../../../../src/local/kafka/log/store.ts';

/** A store that notes its transactions and fails them on demand. */
function storeWith(events: string[], failing: () => boolean): Store {
  const store: Partial<Store> = {
    transaction<T>(work: () => T): T {
      events.push('begin');
      const result = work();
      if (failing()) throw new Error('EIO');
      events.push('commit');
      return result;
    },
  };
  return store as Store;
}

/** A partition that notes what the queue tells it. */
function logWith(events: string[]): PartitionLog {
  const log: Partial<PartitionLog> = {
    saveProducers: () => void events.push('save producers'),
    committed: () => void events.push('readable'),
    forgetUncommitted: () => void events.push('forget'),
  };
  return log as PartitionLog;
}

describe('the commit queue', () => {
  test('stores everything of one turn in one transaction, and shows it to readers only then', async () => {
    const events: string[] = [];
    const queue = new CommitQueue(
      storeWith(events, () => false),
      () => undefined,
    );
    const log = logWith(events);
    queue.add(() => void events.push('one'), log);
    queue.add(() => void events.push('two'), log);
    expect(events).toEqual([]);
    await queue.durable();
    expect(events).toEqual(['begin', 'one', 'two', 'save producers', 'commit', 'readable']);
    await expect(queue.durable()).resolves.toBeUndefined();
  });

  test('tells everybody who waited when the disk failed, repetitions included, and forgets what it had promised', async () => {
    const events: string[] = [];
    const failures: unknown[] = [];
    let broken = true;
    const queue = new CommitQueue(
      storeWith(events, () => broken),
      (error) => void failures.push(error),
    );
    queue.add(() => undefined, logWith(events));
    // A repeated batch is recognised and stores nothing, but what it asks for is in the group that fails.
    const waiting = [queue.durable(), queue.durable()];
    for (const each of waiting) await expect(each).rejects.toThrow('EIO');
    expect(events).toEqual(['begin', 'save producers', 'forget']);
    expect(failures).toHaveLength(1);
    broken = false;
    queue.add(() => void events.push('again'));
    await expect(queue.durable()).resolves.toBeUndefined();
    expect(events.slice(-3)).toEqual(['begin', 'again', 'commit']);
  });

  test('stores what is waiting before work that cannot wait', async () => {
    const events: string[] = [];
    const queue = new CommitQueue(
      storeWith(events, () => false),
      () => undefined,
    );
    queue.add(() => void events.push('waiting'));
    queue.now(() => void events.push('at once'));
    expect(events).toEqual(['begin', 'waiting', 'commit', 'begin', 'at once', 'commit']);
    await queue.durable();
    expect(events).toHaveLength(6);
  });
});
