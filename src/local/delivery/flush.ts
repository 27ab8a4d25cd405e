import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DeliveryState, StagedFile } from './delivery-state.ts';
import { bronzeFolder, errorFolder, fileName, hourOf } from './file-names.ts';
import type { PartitionPosition } from './log-source.ts';
import { type ParquetWriter, type RefusedLine, syncFile } from './parquet-writer.ts';
import type { Spool } from './spool.ts';
import type { ErrorRecord, TopicBuffer } from './topic-buffer.ts';

/** Folder for unfinished work, inside the lake so that renaming is atomic; readers skip names with a dot in front. */
export const stagingFolder = '.staging';

export interface FlushDeps {
  /** The lake's folder. */
  readonly directory: string;
  readonly writer: ParquetWriter;
  readonly state: DeliveryState;
  /** A number that no other staged file of this run has. */
  nextNumber(): number;
  /** Told each record that has no row. */
  refused(topic: string, reason: string): void;
}

export interface FlushResult {
  readonly rows: number;
  readonly errors: number;
  readonly files: number;
  readonly positions: readonly PartitionPosition[];
}

/**
 * Turns a topic's buffer into files: written and synced under temporary names, committed together with the positions
 * in one transaction, then renamed to their places. After a throw it can be called again: the same buffer gives the
 * same names, so what an interrupted call left is replaced.
 */
export async function flushBuffer(buffer: TopicBuffer, deps: FlushDeps): Promise<FlushResult> {
  const files: StagedFile[] = [];
  const errors: ErrorRecord[] = [...buffer.errors];
  let rows = 0;
  for (const spool of buffer.spools) {
    const { file, written, refused } = await stageSpool(spool, buffer, deps);
    if (file !== undefined) files.push(file);
    rows += written;
    errors.push(...refused);
  }
  files.push(...stageErrors(buffer.topic, errors, deps));
  if (files.length > 0) syncFile(join(deps.directory, stagingFolder));
  const positions = [...buffer.next].map(([partition, offset]) => ({ topic: buffer.topic, partition, offset }));
  deps.state.commit(files, positions);
  publish(files, deps);
  buffer.discard();
  return { rows, errors: errors.length, files: files.length, positions };
}

/** Gives committed files their final names; safe to repeat. */
export function publish(
  files: readonly StagedFile[],
  { directory, state }: Pick<FlushDeps, 'directory' | 'state'>,
): void {
  if (files.length === 0) return;
  const folders = new Set<string>();
  for (const { staged, final } of files) {
    const from = join(directory, staged);
    if (!existsSync(from)) continue;
    const to = join(directory, final);
    const made = mkdirSync(dirname(to), { recursive: true });
    if (made !== undefined) folders.add(dirname(made));
    renameSync(from, to);
    folders.add(dirname(to));
  }
  for (const folder of folders) syncFile(folder);
  state.published(files);
}

interface StagedSpool {
  readonly file: StagedFile | undefined;
  readonly written: number;
  readonly refused: readonly ErrorRecord[];
}

async function stageSpool(spool: Spool, buffer: TopicBuffer, deps: FlushDeps): Promise<StagedSpool> {
  spool.finish();
  const staged = join(stagingFolder, `${deps.nextNumber()}.parquet`);
  const ranges = spool.ranges();
  const result = await deps.writer.write({
    source: spool.file,
    target: join(deps.directory, staged),
    columns: buffer.columns,
    metadata: { topic: buffer.topic, ranges: JSON.stringify(ranges) },
  });
  const refused = result.refused.map(({ line, reason }) => refusedRecord(buffer.topic, { line, reason }));
  for (const { reason } of result.refused) deps.refused(buffer.topic, reason);
  if (result.rows + refused.length < spool.rows) {
    throw new Error(`${spool.file}: ${spool.rows} lines gave ${result.rows} rows and ${refused.length} refusals`);
  }
  if (result.rows === 0) {
    rmSync(join(deps.directory, staged), { force: true });
    return { file: undefined, written: 0, refused };
  }
  const final = join(bronzeFolder(buffer.topic, spool.hourMs), fileName(ranges, '.parquet'));
  return { file: { staged, final }, written: result.rows, refused };
}

/** A row that the engine refused, with its coordinates read back from its head, which is always well formed. */
function refusedRecord(topic: string, { line, reason }: RefusedLine): ErrorRecord {
  const number = (name: string) => Number(new RegExp(`"${name}":(-?\\d+)`).exec(line)?.[1] ?? -1);
  const [partition, offset] = [number('kafka_partition'), number('kafka_offset')];
  const timestampMs = number('kafka_timestamp');
  return {
    partition,
    offset,
    timestampMs,
    line: errorLine({ topic, partition, offset, timestampMs, reason, row: line }),
  };
}

export interface ErrorFacts {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly reason: string;
  /** The row that was refused … */
  readonly row?: string;
  /** … or the record's value in base64 when there is no row. */
  readonly rawData?: string;
}

/** One line of an error file, in the form of Firehose's own plus the coordinates. */
export function errorLine({ topic, partition, offset, timestampMs, reason, row, rawData }: ErrorFacts): string {
  const fields = {
    attemptsMade: 1,
    arrivalTimestamp: timestampMs,
    errorCode: 'EVENTBUS_LAKE_ROW_REFUSED',
    errorMessage: reason,
    topic,
    partition,
    offset,
    rawData: rawData ?? Buffer.from(row ?? '', 'utf8').toString('base64'),
  };
  return `${JSON.stringify(fields)}\n`;
}

function stageErrors(topic: string, errors: readonly ErrorRecord[], deps: FlushDeps): readonly StagedFile[] {
  const byHour = Map.groupBy(errors, (error) => hourOf(error.timestampMs));
  return [...byHour].map(([hourMs, records]) => {
    const staged = join(stagingFolder, `${deps.nextNumber()}.jsonl`);
    writeFileSync(join(deps.directory, staged), records.map(({ line }) => line).join(''));
    syncFile(join(deps.directory, staged));
    return { staged, final: join(errorFolder(topic, hourMs), fileName(rangesOf(records), '.jsonl')) };
  });
}

function rangesOf(records: readonly ErrorRecord[]) {
  return [...Map.groupBy(records, (record) => record.partition)]
    .map(([partition, part]) => {
      const offsets = part.map((record) => record.offset);
      const first = offsets.reduce((least, offset) => Math.min(least, offset));
      const last = offsets.reduce((most, offset) => Math.max(most, offset));
      return { partition, first, last };
    })
    .sort((one, other) => one.partition - other.partition);
}
