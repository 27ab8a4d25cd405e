import { describe, expect, test } from '@jest/globals';
import { CommitQueue } from '../../../../src/local/kafka/log/commit-queue.ts';
import type { DiskSync } from '../../../../src/local/kafka/log/disk-sync.ts';
import type { Store } from '../../../../src/local/kafka/log/store.ts';

const store = { transaction: <T>(work: () => T): T => work() } as Partial<Store> as Store;

/** A disk whose syncs fail from the first one on. */
const brokenDisk: DiskSync = {
  sync: () => Promise.reject(new Error('EIO')),
  syncNow: () => undefined,
  close: () => undefined,
};

describe('after a failed sync', () => {
  test('nothing counts as durable any more, also for those who have nothing to store', async () => {
    const queue = new CommitQueue(store, brokenDisk, () => undefined);
    queue.add(() => undefined);
    await expect(queue.durable()).rejects.toThrow('EIO');
    // A repeated batch is recognised and stores nothing: its first copy is what the disk may have lost.
    await expect(queue.durable()).rejects.toThrow('EIO');
  });
});
