import type { CommitQueue } from './commit-queue.ts';
import type { Store } from './store.ts';

/** Ids are taken from the store in blocks, so that giving one out seldom costs an fsync; a restart skips the rest. */
const block = 100;

/** Gives out ids for idempotent producers, each once for ever. */
export function makeProducerIds(store: Store, queue: CommitQueue): () => number {
  const read = store.db.prepare("SELECT value FROM meta WHERE name = 'next_producer_id'");
  const write = store.db.prepare("UPDATE meta SET value = ? WHERE name = 'next_producer_id'");
  let next = 0;
  let end = 0;
  return () => {
    if (next === end) {
      next = Number(read.get()?.['value'] ?? 1);
      end = next + block;
      queue.now(() => write.run(String(end)));
    }
    const id = next;
    next += 1;
    return id;
  };
}
