import { isIntact, readBatchHeader, withRecords } from '../protocol/record-batch.ts';
import { canReadRecords, packRecords, readRecords, type StoredRecord } from '../protocol/records.ts';
import type { TopicPolicy } from '../topic-config.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Store, StoredBatch } from './store.ts';

/** Keys held in memory at a time; a log with more is compacted in several passes over its new part. */
const maxKeys = 1_000_000;
const batchesPerTransaction = 64;

export interface CompactionResult {
  readonly removedRecords: number;
  readonly removedBytes: number;
}

/** Lets other work run between two steps of a long job. */
export type Pause = () => Promise<void>;

interface Cleaning {
  readonly store: Store;
  readonly log: PartitionLog;
  readonly policy: TopicPolicy;
  readonly nowMs: number;
}

/** Whether enough of the log is new since the last compaction. */
export function needsCompaction({ store, log, policy }: Cleaning): boolean {
  // The last batch is never compacted, so one new batch alone is nothing to do.
  if (store.placesFrom(log.log, log.compactedTo, 2).length < 2) return false;
  const dirty = log.bytes - store.bytesBelow(log.log, log.compactedTo);
  return dirty > 0 && dirty / log.bytes >= policy.minDirtyRatio;
}

/**
 * Keeps the newest record of every key. Offsets never change. The log's last batch is left alone, so that the end of the
 * log is always known, as are batches whose records cannot be read (snappy, lz4, damaged).
 */
export async function compact(cleaning: Cleaning, pause: Pause): Promise<CompactionResult> {
  const { store, log } = cleaning;
  const end = cleanableTo(cleaning);
  const { newest, mappedTo } = await newestByKey(cleaning, end, pause);
  let next = log.startOffset;
  const total = { removedRecords: 0, removedBytes: 0 };
  while (next < mappedTo) {
    const step = batchesIn(store, log, { from: next, to: mappedTo });
    if (step.length === 0) break;
    store.transaction(() => {
      for (const batch of step) {
        const removed = cleanBatch(cleaning, batch, newest);
        total.removedRecords += removed.records;
        total.removedBytes += removed.bytes;
      }
    });
    next = step.at(-1)!.lastOffset + 1;
    log.rewrittenBelow(next);
    await pause();
  }
  store.transaction(() => store.saveCompactedTo(log.log, mappedTo));
  log.compactedTo = mappedTo;
  log.bytes -= total.removedBytes;
  return total;
}

/** Batches that are too young, and the last one, are not touched. */
function cleanableTo({ store, log, policy, nowMs }: Cleaning): number {
  let end = log.startOffset;
  const youngest = nowMs - policy.minCompactionLagMs;
  let before: number | undefined;
  for (let from = log.startOffset; ; ) {
    const places = store.placesFrom(log.log, from, 1_000);
    for (const place of places) {
      if (before !== undefined) end = before;
      if (policy.minCompactionLagMs > 0 && place.maxTimestamp > youngest) return end;
      before = place.lastOffset + 1;
      from = before;
    }
    if (places.length < 1_000) return end;
  }
}

function batchesIn(store: Store, log: PartitionLog, range: { readonly from: number; readonly to: number }) {
  const found: StoredBatch[] = [];
  for (const batch of store.batchesFrom(log.log, range.from)) {
    if (batch.lastOffset >= range.to || found.length === batchesPerTransaction) break;
    found.push(batch);
  }
  return found;
}

/** A key as text with one character a byte: exact, and cheaper than hex. */
const keyText = (key: Buffer): string => key.toString('latin1');

function recordsOf(batch: StoredBatch): readonly StoredRecord[] | undefined {
  if (!isIntact(batch.bytes, batch.baseOffset)) return undefined;
  const { compression, recordCount } = readBatchHeader(batch.bytes);
  if (!canReadRecords(compression)) return undefined;
  try {
    return readRecords(batch.bytes, compression, recordCount);
  } catch {
    return undefined;
  }
}

async function newestByKey({ store, log }: Cleaning, end: number, pause: Pause) {
  const newest = new Map<string, number>();
  let next = Math.max(log.startOffset, log.compactedTo);
  while (next < end && newest.size < maxKeys) {
    const step = batchesIn(store, log, { from: next, to: end });
    if (step.length === 0) break;
    for (const batch of step) {
      for (const record of recordsOf(batch) ?? []) {
        if (record.key !== null) newest.set(keyText(record.key), batch.baseOffset + record.offsetDelta);
      }
    }
    next = step.at(-1)!.lastOffset + 1;
    await pause();
  }
  return { newest, mappedTo: Math.min(next, end) };
}

function cleanBatch(cleaning: Cleaning, batch: StoredBatch, newest: ReadonlyMap<string, number>) {
  const records = recordsOf(batch);
  if (records === undefined) return { records: 0, bytes: 0 };
  const { store, policy, nowMs } = cleaning;
  const tombstonesExpired = batch.appendedMs + policy.tombstoneRetentionMs < nowMs;
  const kept = records.filter((record) => {
    if (record.key === null) return false;
    if (record.valueIsNull && tombstonesExpired) return false;
    return (newest.get(keyText(record.key)) ?? -1) <= batch.baseOffset + record.offsetDelta;
  });
  if (kept.length === records.length) return { records: 0, bytes: 0 };
  if (kept.length === 0) {
    store.deleteBatch(batch.id);
    return { records: records.length, bytes: batch.bytes.length };
  }
  const header = readBatchHeader(batch.bytes);
  const rewritten = withRecords(batch.bytes, [packRecords(kept, header.compression)], kept.length);
  store.replaceBatch(batch.id, rewritten, header.maxTimestamp);
  return { records: records.length - kept.length, bytes: batch.bytes.length - rewritten.length };
}
