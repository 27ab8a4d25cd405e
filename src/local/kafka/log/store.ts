import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ProducerState, SequenceRange } from './producer-state.ts';

export interface BatchRow {
  readonly log: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly appendedMs: number;
  readonly bytes: Uint8Array;
}

export interface StoredBatch {
  readonly id: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly appendedMs: number;
  readonly bytes: Buffer;
}

/** What is known of a batch without reading it. */
export interface BatchPlace {
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly size: number;
}

export interface LogSummary {
  readonly bytes: number;
  readonly lastOffset: number | undefined;
}

export type Store = ReturnType<typeof makeStore>;

const sql = {
  insert:
    'INSERT INTO batch (log, base_offset, last_offset, max_timestamp, appended_ms, size, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
  from: 'SELECT id, base_offset, last_offset, appended_ms, bytes FROM batch WHERE log = ? AND last_offset >= ? ORDER BY last_offset',
  places:
    'SELECT last_offset, max_timestamp, size FROM batch WHERE log = ? AND last_offset >= ? ORDER BY last_offset LIMIT ?',
  since:
    'SELECT last_offset FROM batch WHERE log = ? AND max_timestamp >= ? AND last_offset >= ? ORDER BY last_offset LIMIT 1',
  newest:
    'SELECT last_offset FROM batch WHERE log = ? AND last_offset < ? ORDER BY max_timestamp DESC, last_offset LIMIT 1',
  summary: 'SELECT sum(size) AS bytes, max(last_offset) AS last_offset FROM batch WHERE log = ?',
  bytesBelow: 'SELECT sum(size) AS bytes FROM batch WHERE log = ? AND last_offset < ?',
  deleteTo: 'DELETE FROM batch WHERE log = ? AND last_offset < ?',
  deleteSome: 'DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE log = ? LIMIT ?)',
  replace: 'UPDATE batch SET bytes = ?, size = ?, max_timestamp = ? WHERE id = ?',
  deleteOne: 'DELETE FROM batch WHERE id = ?',
  bounds: 'UPDATE partition SET start_offset = ?, next_offset = ? WHERE log = ?',
  compacted: 'UPDATE partition SET compacted_to = ? WHERE log = ?',
  partition: 'SELECT start_offset, next_offset, compacted_to FROM partition WHERE log = ?',
  producers: 'SELECT producer_id, epoch, recent, updated_ms FROM producer WHERE log = ?',
  saveProducer: 'INSERT OR REPLACE INTO producer VALUES (?, ?, ?, ?, ?)',
  forgetProducers: 'DELETE FROM producer WHERE updated_ms < ?',
  dropped: 'SELECT log FROM dropped_log LIMIT 1',
  forgetDropped: 'DELETE FROM dropped_log WHERE log = ?',
} as const;

type Row = Readonly<Record<string, unknown>>;

const storedBatch = (row: Row): StoredBatch => {
  const bytes = row['bytes'] as Uint8Array;
  return {
    id: row['id'] as number,
    baseOffset: row['base_offset'] as number,
    lastOffset: row['last_offset'] as number,
    appendedMs: row['appended_ms'] as number,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  };
};

/** The record batches and producer states of all partitions, as statements on the open data file. */
export function makeStore(db: DatabaseSync) {
  const on = Object.fromEntries(Object.entries(sql).map(([name, text]) => [name, db.prepare(text)])) as Record<
    keyof typeof sql,
    StatementSync
  >;
  return { db, ...transactions(db), ...batches(on), ...partitions(on), ...producers(on) };
}

function transactions(db: DatabaseSync) {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  return {
    /** Runs `work` in one transaction; it is on disk when this returns. */
    transaction<T>(work: () => T): T {
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

function batches(on: Record<keyof typeof sql, StatementSync>) {
  return {
    insertBatch({ log, baseOffset, lastOffset, maxTimestamp, appendedMs, bytes }: BatchRow): void {
      on.insert.run(log, baseOffset, lastOffset, maxTimestamp, appendedMs, bytes.length, bytes);
    },
    /** Batches from the one that holds `offset` on, read one by one as the caller goes. */
    *batchesFrom(log: number, offset: number): Generator<StoredBatch> {
      for (const row of on.from.iterate(log, offset)) yield storedBatch(row);
    },
    placesFrom: (log: number, offset: number, limit: number): readonly BatchPlace[] =>
      on.places.all(log, offset, limit).map((row) => ({
        lastOffset: row['last_offset'] as number,
        maxTimestamp: row['max_timestamp'] as number,
        size: row['size'] as number,
      })),
    /** Last offset of the first batch from `offset` on whose newest record is not older than `timestampMs`. */
    firstBatchSince: (log: number, timestampMs: number, offset: number): number | undefined =>
      on.since.get(log, timestampMs, offset)?.['last_offset'] as number | undefined,
    batchWithNewestRecord: (log: number, below: number): number | undefined =>
      on.newest.get(log, below)?.['last_offset'] as number | undefined,
    summary(log: number): LogSummary {
      const row = on.summary.get(log);
      return {
        bytes: (row?.['bytes'] as number | null) ?? 0,
        lastOffset: (row?.['last_offset'] as number | null) ?? undefined,
      };
    },
    bytesBelow: (log: number, offset: number): number =>
      (on.bytesBelow.get(log, offset)?.['bytes'] as number | null) ?? 0,
    deleteBatchesBelow: (log: number, offset: number): void => void on.deleteTo.run(log, offset),
    deleteSomeBatches: (log: number, limit: number): number => Number(on.deleteSome.run(log, limit).changes),
    replaceBatch: (id: number, bytes: Buffer, maxTimestamp: number): void =>
      void on.replace.run(bytes, bytes.length, maxTimestamp, id),
    deleteBatch: (id: number): void => void on.deleteOne.run(id),
  };
}

function partitions(on: Record<keyof typeof sql, StatementSync>) {
  return {
    readPartition(log: number): { startOffset: number; nextOffset: number; compactedTo: number } {
      const row = on.partition.get(log) ?? {};
      return {
        startOffset: Number(row['start_offset'] ?? 0),
        nextOffset: Number(row['next_offset'] ?? 0),
        compactedTo: Number(row['compacted_to'] ?? 0),
      };
    },
    saveBounds: (log: number, startOffset: number, nextOffset: number): void =>
      void on.bounds.run(startOffset, nextOffset, log),
    saveCompactedTo: (log: number, offset: number): void => void on.compacted.run(offset, log),
    /** A deleted partition whose batches are still to be removed. */
    nextDroppedLog: (): number | undefined => on.dropped.get()?.['log'] as number | undefined,
    forgetDroppedLog: (log: number): void => void on.forgetDropped.run(log),
  };
}

function producers(on: Record<keyof typeof sql, StatementSync>) {
  return {
    readProducers: (log: number): ReadonlyMap<number, ProducerState> =>
      new Map(
        on.producers.all(log).map((row) => [
          row['producer_id'] as number,
          {
            epoch: row['epoch'] as number,
            recent: JSON.parse(row['recent'] as string) as readonly SequenceRange[],
            updatedMs: row['updated_ms'] as number,
          },
        ]),
      ),
    saveProducer: (log: number, producerId: number, state: ProducerState): void =>
      void on.saveProducer.run(log, producerId, state.epoch, JSON.stringify(state.recent), state.updatedMs),
    forgetProducersBefore: (updatedMs: number): void => void on.forgetProducers.run(updatedMs),
  };
}
