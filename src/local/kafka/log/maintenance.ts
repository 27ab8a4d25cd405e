import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BrokerLog } from '../broker-log.ts';
import type { BrokerSettings } from '../settings.ts';
import type { Topics } from '../topics.ts';
import type { CommitQueue } from './commit-queue.ts';
import { compact, needsCompaction } from './compaction.ts';
import { applyRetention, limitsOf } from './retention.ts';
import type { Store } from './store.ts';

const purgeStep = 256;

export interface MaintenanceParts {
  readonly store: Store;
  readonly queue: CommitQueue;
  readonly topics: Topics;
  readonly settings: BrokerSettings;
  readonly clock: () => number;
  readonly log: BrokerLog;
}

/** The work nobody waits for: retention, compaction, and removing the batches of deleted topics. */
export function makeMaintenance(parts: MaintenanceParts) {
  const { settings } = parts;
  let stopped = false;
  const isStopped = () => stopped;
  const timers = [
    every(settings.retentionCheckMs, () => retain(parts, isStopped)),
    every(settings.compactionCheckMs, () => compactAll(parts, isStopped)),
  ];
  return {
    retain: () => retain(parts, isStopped),
    compact: () => compactAll(parts, isStopped),
    /** Settles when no step is running any more. */
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(timers.map((timer) => timer.stop()));
    },
  };

  function every(intervalMs: number, work: () => Promise<void>) {
    let running = Promise.resolve();
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      running = work()
        .catch((error: unknown) => {
          if (!stopped) parts.log(failed(error));
        })
        .finally(() => {
          busy = false;
        });
    }, intervalMs);
    timer.unref();
    return {
      stop: () => {
        clearInterval(timer);
        return running;
      },
    };
  }
}

const failed = (error: unknown) =>
  ({
    level: 'error',
    code: 'EVENTBUS_BROKER_STORAGE_FAILED',
    message: `maintenance of the log failed: ${error instanceof Error ? error.message : String(error)}`,
  }) as const;

async function retain(parts: MaintenanceParts, isStopped: () => boolean): Promise<void> {
  const { store, topics, settings, clock, log } = parts;
  for (const topic of topics.all()) {
    if (!topic.policy.deletes) continue;
    for (const [number, partition] of topic.partitions.entries()) {
      if (isStopped() || topics.named(topic.name)?.id !== topic.id) break;
      const freed = applyRetention(store, partition, limitsOf(topic.policy, clock()));
      if (freed > 0) {
        const details = { topic: topic.name, partition: number, bytes: freed, startOffset: partition.startOffset };
        log({ level: 'info', message: 'retention removed batches', details });
        await nextTurn();
      }
    }
  }
  forgetProducers(parts, clock() - settings.producerExpiryMs);
  await purgeDropped(parts, isStopped);
}

function forgetProducers({ store, topics }: MaintenanceParts, updatedMs: number): void {
  store.transaction(() => store.forgetProducersBefore(updatedMs));
  for (const topic of topics.all())
    for (const partition of topic.partitions) partition.forgetProducersBefore(updatedMs);
}

async function purgeDropped({ store }: MaintenanceParts, isStopped: () => boolean): Promise<void> {
  for (let log = store.nextDroppedLog(); log !== undefined && !isStopped(); log = store.nextDroppedLog()) {
    const dropped = log;
    store.transaction(() => {
      if (store.deleteSomeBatches(dropped, purgeStep) < purgeStep) store.forgetDroppedLog(dropped);
    });
    await nextTurn();
  }
}

async function compactAll(parts: MaintenanceParts, isStopped: () => boolean): Promise<void> {
  const { store, topics, clock, log } = parts;
  for (const topic of topics.all()) {
    if (!topic.policy.compacts) continue;
    for (const [number, partition] of topic.partitions.entries()) {
      const cleaning = { store, log: partition, policy: topic.policy, nowMs: clock() };
      if (isStopped() || topics.named(topic.name)?.id !== topic.id || !needsCompaction(cleaning)) continue;
      const { removedRecords, removedBytes } = await compact(cleaning, async () => {
        await nextTurn();
        if (isStopped()) throw new Error('the broker is closing');
      });
      const details = { topic: topic.name, partition: number, removedRecords, removedBytes };
      log({ level: 'info', message: 'compaction removed records', details });
    }
  }
}
