import { expect, test } from '@jest/globals';
import { PartitionLog } from '../../../../src/local/kafka/log/partition-log.ts';
import type { Store } from '../../../../src/local/kafka/log/store.ts';
import { TailCache } from '../../../../src/local/kafka/log/tail-cache.ts';

test('keeps its start and its size when the disk refuses to delete', () => {
  let full = true;
  const store: Partial<Store> = {
    readPartition: () => ({ startOffset: 0, nextOffset: 10, compactedTo: 0 }),
    readProducers: () => new Map(),
    summary: () => ({ bytes: 1_000, lastOffset: 9 }),
    bytesBelow: () => 400,
    deleteBatchesBelow: () => undefined,
    saveBounds: () => undefined,
    transaction<T>(work: () => T): T {
      const result = work();
      if (full) throw new Error('ENOSPC');
      return result;
    },
  };
  const log = new PartitionLog(store as Store, 1, new TailCache(1_000));
  expect(() => log.deleteBelow(4)).toThrow('ENOSPC');
  expect([log.startOffset, log.bytes]).toEqual([0, 1_000]);
  full = false;
  log.deleteBelow(4);
  expect([log.startOffset, log.bytes]).toEqual([4, 600]);
});
