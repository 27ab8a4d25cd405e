import { isIntact, readBatchHeader } from '../protocol/record-batch.ts';
import { canReadRecords, readRecords } from '../protocol/records.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Store, StoredBatch } from './store.ts';

export interface DamagedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
}

export interface ReadResult {
  readonly batches: readonly Buffer[];
  readonly bytes: number;
  /** The batch that ended the reading, if it is not what was stored. */
  readonly damaged: DamagedBatch | undefined;
}

/**
 * Batches from the one that holds `offset` on, up to `maxBytes`; the first one always when `atLeastOne`. Every batch is
 * checked against its CRC, those in memory when they arrived. Only what is on disk is read.
 */
export function readBatches(
  store: Store,
  log: PartitionLog,
  want: { readonly offset: number; readonly maxBytes: number; readonly atLeastOne: boolean },
): ReadResult {
  const batches: Buffer[] = [];
  let bytes = 0;
  if (want.offset >= log.readableTo) return { batches, bytes, damaged: undefined };
  const cached = log.cachedFrom(want.offset);
  for (const batch of cached ?? store.batchesFrom(log.log, want.offset)) {
    if (batch.baseOffset >= log.readableTo) break;
    const fits = bytes + batch.bytes.length <= want.maxBytes;
    if (!fits && !(want.atLeastOne && bytes === 0)) break;
    if (cached === undefined && !isIntact(batch.bytes, batch.baseOffset)) {
      return { batches, bytes, damaged: { baseOffset: batch.baseOffset, lastOffset: batch.lastOffset } };
    }
    batches.push(batch.bytes);
    bytes += batch.bytes.length;
    if (bytes >= want.maxBytes) break;
  }
  return { batches, bytes, damaged: undefined };
}

export interface FoundOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/** The first record at or after `offset` that is not older than `timestampMs`. */
export function offsetSince(store: Store, log: PartitionLog, timestampMs: number): FoundOffset | undefined {
  const last = store.firstBatchSince(log.log, timestampMs, log.startOffset);
  if (last === undefined || last >= log.readableTo) return undefined;
  return recordIn(store, log, { last, wanted: (timestamp) => timestamp >= timestampMs });
}

/** The newest record by its own time. */
export function offsetOfNewest(store: Store, log: PartitionLog): FoundOffset | undefined {
  const last = store.batchWithNewestRecord(log.log, log.readableTo);
  if (last === undefined) return undefined;
  return recordIn(store, log, { last, wanted: (timestamp, newest) => timestamp === newest });
}

interface Search {
  readonly last: number;
  readonly wanted: (timestamp: number, newest: number) => boolean;
}

function recordIn(store: Store, log: PartitionLog, { last, wanted }: Search): FoundOffset | undefined {
  for (const batch of store.batchesFrom(log.log, last)) return placeInBatch(batch, log.startOffset, wanted);
  return undefined;
}

/** Falls back to the start of a batch whose records cannot be read: too early is safe, too late loses records. */
function placeInBatch(batch: StoredBatch, startOffset: number, wanted: Search['wanted']): FoundOffset {
  const header = readBatchHeader(batch.bytes);
  const start = { offset: Math.max(batch.baseOffset, startOffset), timestamp: header.maxTimestamp };
  if (header.logAppendTime || !canReadRecords(header.compression) || !isIntact(batch.bytes, batch.baseOffset)) {
    return start;
  }
  try {
    for (const record of readRecords(batch.bytes, header.compression, header.recordCount)) {
      const timestamp = header.baseTimestamp + record.timestampDelta;
      const offset = batch.baseOffset + record.offsetDelta;
      if (offset >= startOffset && wanted(timestamp, header.maxTimestamp)) return { offset, timestamp };
    }
  } catch {
    return start;
  }
  return start;
}
