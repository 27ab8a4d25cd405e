import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { LakeColumn } from '../../catalogue/lake-columns.ts';
import { identifier, literal } from '../../core/duckdb-sql.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { jsonColumns, selectList } from './duckdb-columns.ts';
import { lakeErrors, lakeRows } from './lake-tables.ts';

export interface ParquetJob {
  /** File of JSON lines. */
  readonly source: string;
  readonly target: string;
  readonly columns: readonly LakeColumn[];
  /** Facts to keep in the file's footer. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ParquetResult {
  readonly rows: number;
  /** Lines that do not fit the columns, and why. */
  readonly refused: readonly RefusedLine[];
}

export interface RefusedLine {
  readonly line: string;
  readonly reason: string;
}

export interface ParquetWriter {
  /** Writes the lines as one durable Parquet file; throws `EVENTBUS_LAKE_WRITE_FAILED` when the disk refuses. */
  write(job: ParquetJob): Promise<ParquetResult>;
  /** Next offsets by what files already hold, for a lake whose state file is gone. */
  positionsIn(lake: string): Promise<readonly { topic: string; partition: number; offset: number }[]>;
  close(): void;
}

export interface ParquetWriterOptions {
  readonly temporaryDirectory: string;
  /** Memory that the engine may use, DuckDB notation. */
  readonly memoryLimit?: string;
}

/** Bytes of a row group before compression: by bytes, because rows of nested readings are large. */
const rowGroupBytes = 32 * 1024 * 1024;
/** Largest JSON line: a record's 1 MB and its escaped copy in `raw`, with room. */
const lineBytesLimit = 16 * 1024 * 1024;

export async function makeParquetWriter(options: ParquetWriterOptions): Promise<ParquetWriter> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: options.memoryLimit ?? '256MB',
    temp_directory: options.temporaryDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Rows keep no promised order, and the writer need not hold back whole row groups.
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  return {
    write: (job) => write(connection, job),
    positionsIn: (lake) => positionsIn(connection, lake),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function write(connection: DuckDBConnection, job: ParquetJob): Promise<ParquetResult> {
  try {
    return { rows: await copy(connection, job), refused: [] };
  } catch (error) {
    if (!isAboutTheData(error)) throw writeFailed(job.target, error);
  }
  // Rare: some line does not fit. Find it by halving, keep the rest.
  const { kept, refused } = await sorted(connection, job);
  const source = `${job.source}.kept`;
  writeFileSync(source, kept.join(''));
  try {
    return { rows: kept.length === 0 ? 0 : await copy(connection, { ...job, source }), refused };
  } catch (error) {
    throw writeFailed(job.target, error);
  }
}

async function copy(connection: DuckDBConnection, job: ParquetJob): Promise<number> {
  const result = await connection.run(
    `COPY (${rowsOf(job.source, job.columns)}) TO ${literal(job.target)}
     (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE_BYTES ${rowGroupBytes}, KV_METADATA ${metadataOf(job.metadata)})`,
  );
  const [row] = await result.getRows();
  syncFile(job.target);
  return Number(row?.[0] ?? 0);
}

function rowsOf(source: string, columns: readonly LakeColumn[]): string {
  return `SELECT ${selectList(columns)} FROM read_json(${literal(source)}, format = 'newline_delimited',
    maximum_object_size = ${lineBytesLimit}, columns = ${jsonColumns(columns)})`;
}

function metadataOf(metadata: Readonly<Record<string, string>>): string {
  return `{${Object.entries(metadata)
    .map(([key, value]) => `${literal(key)}: ${literal(value)}`)
    .join(', ')}}`;
}

interface SortedLines {
  readonly kept: readonly string[];
  readonly refused: readonly RefusedLine[];
}

async function sorted(connection: DuckDBConnection, job: ParquetJob): Promise<SortedLines> {
  const lines = readFileSync(job.source, 'utf8').split(/(?<=\n)/);
  const kept: string[] = [];
  const refused: RefusedLine[] = [];
  const probe = `${job.source}.probe`;
  const halve = async (part: readonly string[]): Promise<void> => {
    if (part.length === 0) return;
    writeFileSync(probe, part.join(''));
    try {
      const columns = job.columns.map((column) => `count(${identifier(column.name)})`).join(', ');
      await connection.run(`SELECT ${columns} FROM (${rowsOf(probe, job.columns)})`);
      kept.push(...part);
    } catch (error) {
      if (!isAboutTheData(error)) throw writeFailed(job.target, error);
      if (part.length === 1) {
        refused.push({ line: part[0] as string, reason: messageOf(error) });
        return;
      }
      const middle = part.length >> 1;
      await halve(part.slice(0, middle));
      await halve(part.slice(middle));
    }
  };
  await halve(lines);
  return { kept, refused };
}

async function positionsIn(connection: DuckDBConnection, lake: string) {
  const [rowsThere, errorsThere] = [lakeRows(lake), lakeErrors(lake)];
  const parts: string[] = [];
  if (rowsThere !== undefined) {
    parts.push(
      `SELECT kafka_topic AS topic, kafka_partition AS "partition", kafka_offset AS "offset" FROM ${rowsThere}`,
    );
  }
  if (errorsThere !== undefined) parts.push(`SELECT topic, "partition", "offset" FROM ${errorsThere}`);
  if (parts.length === 0) return [];
  const result = await connection.run(
    `SELECT topic, "partition", max("offset") + 1 FROM (${parts.join(' UNION ALL ')}) GROUP BY ALL`,
  );
  const rows = await result.getRows();
  return rows.map(([topic, partition, offset]) => ({
    topic: String(topic),
    partition: Number(partition),
    offset: Number(offset),
  }));
}

/** Errors that another disk or more memory would not mend. */
function isAboutTheData(error: unknown): boolean {
  return /^(Invalid Input|Conversion|Out of Range|Invalid Type|Mismatch Type) Error/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

function writeFailed(target: string, cause: unknown): AppError {
  return new AppError('EVENTBUS_LAKE_WRITE_FAILED', `${target}: ${messageOf(cause)}`, { cause });
}

/** Makes a file's or folder's content survive a power cut. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
