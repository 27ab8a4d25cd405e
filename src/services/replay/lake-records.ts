import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Events, Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import { type ColumnType, type LakeColumn, valueColumns } from '../../catalogue/lake-columns.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import type { Codec } from '../../codec/codec.ts';
import { type Conversions, convertedColumn, identifier, literal } from '../../core/duckdb-sql.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';

/** Rows that one chunk of an answer holds; DuckDB's own vector size. */
type Row = Readonly<Record<string, unknown>>;

export interface LakeTopic {
  readonly topic: string;
  readonly subject: Subject;
}

/**
 * Reads records back from the lake's bronze Parquet files. What a device sent unframed comes back byte for byte; a
 * framed value comes back with the same fields, encoded as the newest version of its subject.
 */
export class LakeReader {
  readonly #instance: DuckDBInstance;
  readonly #lake: string;
  readonly #columns = new Map<string, Promise<ReadonlySet<string>>>();
  readonly #codec: Pick<Codec, 'encode'>;

  private constructor(instance: DuckDBInstance, { lake, codec }: LakeReaderOptions) {
    this.#instance = instance;
    this.#lake = lake;
    this.#codec = codec;
  }

  static async open(options: LakeReaderOptions): Promise<LakeReader> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '512MB',
      autoinstall_known_extensions: 'false',
    });
    return new LakeReader(instance, options);
  }

  /** Offset of the first record at or after a time, by partition, of what the lake holds of the topic. */
  async offsetsAtTime(topic: string, timestampMs: number): Promise<ReadonlyMap<number, number>> {
    const files = this.#files(topic);
    if (files === undefined) return new Map();
    const rows = await this.#rows(
      `SELECT kafka_partition AS partition, min(kafka_offset) AS first FROM ${files}
       WHERE epoch_ms(kafka_timestamp) >= ${Math.trunc(timestampMs)} GROUP BY kafka_partition`,
    );
    return new Map(rows.map(({ partition, first }) => [Number(partition), Number(first)]));
  }

  /** Oldest offset by partition. */
  async firstOffsets(topic: string): Promise<ReadonlyMap<number, number>> {
    return this.offsetsAtTime(topic, 0);
  }

  /** Records of one partition from `from` on, below `to`, in order, each offset once. */
  async *records(
    { topic, subject }: LakeTopic,
    { partition, from, to }: { readonly partition: number; readonly from: number; readonly to: number },
  ): AsyncGenerator<readonly RawRecord[], void> {
    const files = this.#files(topic);
    if (files === undefined) return;
    const columns = valueColumns(schemaOf(subject));
    const present = await this.#columnsOf(topic, files);
    const fields = columns.filter(({ name }) => present.has(name)).map(restoredAs);
    const select = [...systemSelect(present), ...fields].join(', ');
    // A connection has one streamed answer at a time, and partitions are read side by side.
    const connection = await this.#instance.connect();
    try {
      const result = await this.#run(
        connection,
        `SELECT ${select} FROM ${files}
         WHERE kafka_partition = ${partition} AND kafka_offset >= ${from} AND kafka_offset < ${to} ORDER BY kafka_offset`,
      );
      let last = from - 1;
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        const records: RawRecord[] = [];
        for (const row of chunk.getRowObjects(result.deduplicatedColumnNames()) as readonly Row[]) {
          const offset = Number(row['kafka_offset']);
          // A file that was written twice holds the same records twice.
          if (offset <= last) continue;
          last = offset;
          records.push(this.#recordOf(row, { topic, subject, columns }));
        }
        if (records.length > 0) yield records;
      }
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }

  /** Columns that a topic's files have together; asked once a topic, since every partition is read from the same files. */
  #columnsOf(topic: string, files: string): Promise<ReadonlySet<string>> {
    const known = this.#columns.get(topic);
    if (known !== undefined) return known;
    const asked = this.#rows(`DESCRIBE SELECT * FROM ${files}`).then(
      (rows) => new Set(rows.map((row) => String(row['column_name']))),
    );
    this.#columns.set(topic, asked);
    return asked;
  }

  #recordOf(row: Row, of: LakeTopic & { readonly columns: readonly LakeColumn[] }): RawRecord {
    const key = row['kafka_key'];
    return {
      topic: of.topic,
      partition: Number(row['kafka_partition']),
      offset: Number(row['kafka_offset']),
      timestampMs: Number(row['kafka_timestamp']),
      key: typeof key === 'string' ? Buffer.from(key) : null,
      value: this.#valueOf(row, of),
      headers: headersOf(row),
    };
  }

  #valueOf(row: Row, { subject, columns }: LakeTopic & { readonly columns: readonly LakeColumn[] }): Buffer | null {
    const raw = row['raw'];
    if (typeof raw === 'string') return Buffer.from(raw, row['raw_encoding'] === 'base64' ? 'base64' : 'utf8');
    if (row['schema_version'] === null) return null;
    const fields = columns.map(({ name, type }) => [name, plain(row[name] ?? null, type)] as const);
    return this.#codec.encode(subject, Object.fromEntries(fields) as unknown as Events[Subject]);
  }

  #files(topic: string): string | undefined {
    const folder = join(this.#lake, 'bronze', `topic=${topic}`);
    if (!existsSync(folder)) return undefined;
    const pattern = literal(join(folder, '**', '*.parquet'));
    return `read_parquet(${pattern}, hive_partitioning = false, union_by_name = true)`;
  }

  async #rows(sql: string): Promise<readonly Row[]> {
    const connection = await this.#instance.connect();
    try {
      const result = await this.#run(connection, sql);
      return await result.getRowObjects();
    } finally {
      connection.closeSync();
    }
  }

  async #run(connection: DuckDBConnection, sql: string) {
    try {
      return await connection.stream(sql);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('EVENTBUS_REPLAY_LAKE_UNREADABLE', `lake ${this.#lake}: ${reason}`, { cause });
    }
  }
}

export interface LakeReaderOptions {
  /** The lake's folder, which holds `bronze`. */
  readonly lake: string;
  readonly codec: Pick<Codec, 'encode'>;
}

function schemaOf(subject: Subject) {
  const newest = schemas[subject].at(-1);
  if (newest === undefined) throw new AppError('EVENTBUS_REPLAY_LAKE_UNREADABLE', `${subject} has no schema`);
  return newest;
}

const attributes = [
  ['ce_id', headers.id],
  ['ce_source', headers.source],
  ['ce_type', headers.type],
  ['ce_time', headers.time],
  ['ce_subject', headers.subject],
  ['content_type', headers.contentType],
  ['ce_traceparent', headers.traceparent],
  ['addressed_to', headers.addressedTo],
] as const;

const plainSystemColumns = ['kafka_partition', 'kafka_offset', 'kafka_key', 'schema_version', 'raw', 'raw_encoding'];

/** The system columns, with null for those that files of an earlier version lack. */
function systemSelect(present: ReadonlySet<string>): readonly string[] {
  const names = [...plainSystemColumns, ...attributes.map(([column]) => column)];
  return [
    'epoch_ms(kafka_timestamp) AS kafka_timestamp',
    ...names.map((name) => (present.has(name) ? name : `NULL AS ${name}`)),
  ];
}

/** How a lake column is read back in the form it had before it became one: instants and dates as numbers. */
const restorations: Conversions = {
  'timestamp-millis': (expression) => `epoch_ms(${expression})`,
  'timestamp-micros': (expression) => `epoch_us(${expression})`,
  date: (expression) => `date_diff('day', DATE '1970-01-01', ${expression})`,
};

function restoredAs({ name, type }: LakeColumn): string {
  const column = identifier(name);
  return `${convertedColumn(column, type, restorations)} AS ${column}`;
}

/** The record's headers as its producer set them; binary CloudEvents are known by their version header. */
function headersOf(row: Row): RawRecord['headers'] {
  const list: (readonly [string, Buffer])[] = [];
  for (const [column, header] of attributes) {
    const value = row[column];
    if (typeof value === 'string') list.push([header, Buffer.from(value)]);
  }
  if (list.some(([name]) => name === headers.id)) list.unshift([headers.specVersion, Buffer.from('1.0')]);
  return list;
}

/** A DuckDB value as the codec takes it. */
function plain(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (type.kind === 'json') return JSON.parse(value as string);
  if (type.kind === 'bytes') return Buffer.from((value as { readonly bytes: Uint8Array }).bytes);
  if (type.kind === 'list') {
    return (value as { readonly items: readonly unknown[] }).items.map((item) => plain(item, type.item));
  }
  if (type.kind === 'map') {
    const { entries } = value as { readonly entries: readonly { key: string; value: unknown }[] };
    return Object.fromEntries(entries.map((entry) => [entry.key, plain(entry.value, type.value)]));
  }
  if (type.kind === 'struct') {
    const { entries } = value as { readonly entries: Readonly<Record<string, unknown>> };
    return Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, plain(entries[name], inner)]));
  }
  return value;
}
