import { isUtf8 } from 'node:buffer';
import type { EventPattern } from '../../catalogue/model.ts';
import { type FilteredRecord, passesFilters } from '../../core/record-filter.ts';
import { ByteCursor } from '../../kafka/byte-cursor.ts';
import type { RecordChunk } from './record-chunk.ts';

export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

/** The chunk without the records that no filter lets through, with its bytes side by side again. */
export function filterRecords(
  chunk: RecordChunk,
  place: PartitionPlace,
  filters: readonly EventPattern[],
): RecordChunk {
  const kept = chunk.offsets.flatMap((_, index) =>
    passesFilters(filters, filteredRecord(chunk, place, index)) ? [index] : [],
  );
  if (kept.length === chunk.offsets.length) return chunk;
  const runs = kept.map((index) => chunk.bytes.subarray(chunk.starts[index], chunk.starts[index + 1]));
  const starts = [0];
  for (const run of runs) starts.push((starts.at(-1) as number) + run.length);
  const pick = (list: readonly number[]) => kept.map((index) => list[index] as number);
  return {
    ...chunk,
    bytes: Buffer.concat(runs),
    offsets: pick(chunk.offsets),
    jsonLengths: pick(chunk.jsonLengths),
    timestamps: pick(chunk.timestamps),
    starts,
  };
}

function filteredRecord(chunk: RecordChunk, { topic, partition }: PartitionPlace, index: number): FilteredRecord {
  const cursor = new ByteCursor(chunk.bytes, chunk.starts[index]);
  cursor.varint();
  cursor.skip(1);
  cursor.varint();
  cursor.varint();
  const key = textAt(cursor);
  const value = textAt(cursor);
  return {
    topic,
    partition,
    key,
    value,
    offset: chunk.offsets[index] as number,
    timestamp: chunk.timestamps[index] as number,
    timestampType: chunk.logAppendTimeMs === null ? 'CREATE_TIME' : 'LOG_APPEND_TIME',
  };
}

function textAt(cursor: ByteCursor): string | null {
  const length = cursor.varint();
  if (length < 0) return null;
  const at = cursor.skip(length);
  const bytes = cursor.bytes.subarray(at, at + length);
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
