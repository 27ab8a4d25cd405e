import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type Value = string | number | null;

/**
 * A database of its own for one audit, in a temporary folder: the log and every sink are loaded into it and compared
 * by SQL. What does not fit into memory lies on disk, so millions of records need no more memory than thousands.
 */
export class Workbench {
  readonly #folder: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(folder: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#folder = folder;
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<Workbench> {
    const folder = mkdtempSync(join(tmpdir(), 'event-bus-audit-'));
    const instance = await DuckDBInstance.create(join(folder, 'audit.duckdb'), {
      memory_limit: '512MB',
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(tables);
    return new Workbench(folder, instance, connection);
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** Rows of a query; counts come as numbers. */
  async rows<T extends Readonly<Record<string, Value>>>(sql: string): Promise<readonly T[]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRowObjectsJS().map((row) => {
      const fields = Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ]);
      return Object.fromEntries(fields) as T;
    });
  }

  /** Opens a table for appending; the writer is given to `fill`, and everything is in the table when it resolves. */
  async append(table: TableName, fill: (rows: RowWriter) => Promise<void>): Promise<void> {
    const appender = await this.#connection.createAppender(table);
    try {
      await fill(rowWriter(appender));
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Adds one row; numbers go to integer columns, text to text columns. */
export type RowWriter = (...values: readonly Value[]) => void;

function rowWriter(appender: DuckDBAppender): RowWriter {
  const bigint = Array.from({ length: appender.columnCount }, (_, index) => {
    return appender.columnType(index).toString() === 'BIGINT';
  });
  return (...values) => {
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as Value;
      if (value === null) appender.appendNull();
      else if (typeof value === 'string') appender.appendVarchar(value);
      else if (bigint[index]) appender.appendBigInt(BigInt(value));
      else appender.appendInteger(value);
    }
    appender.endRow();
  };
}

export type TableName =
  | 'log_bound'
  | 'log_record'
  | 'raw_item'
  | 'sink_event'
  | 'skip'
  | 'consumer_position'
  | 'committed'
  | 'dead_letter'
  | 'lake_row'
  | 'routed_event'
  | 'routed_from';

const tables = `
  -- What the log holds: the ends below which records are judged, and every record that may be judged or an effect.
  -- event_id is the id as tables store it.
  CREATE TABLE log_bound (topic VARCHAR, partition INTEGER, first BIGINT, last BIGINT);
  CREATE TABLE log_record (topic VARCHAR, partition INTEGER, "offset" BIGINT, event_id VARCHAR);
  CREATE VIEW judged_record AS SELECT r.* FROM log_record AS r JOIN log_bound AS b USING (topic, partition)
    WHERE r."offset" < b.last;
  -- One row a reading of a raw record, with the id that its derived event must have; item -1: the record as a whole.
  CREATE TABLE raw_item (topic VARCHAR, partition INTEGER, "offset" BIGINT, item INTEGER, derived_id VARCHAR);
  -- What the sinks hold. part tells rows apart that one event may have several of.
  CREATE TABLE sink_event (sink VARCHAR, event_id VARCHAR, part VARCHAR);
  CREATE TABLE skip (consumer VARCHAR, topic VARCHAR, partition INTEGER, "offset" BIGINT, item INTEGER, reason VARCHAR);
  CREATE TABLE consumer_position (consumer VARCHAR, topic VARCHAR, partition INTEGER, position BIGINT);
  CREATE TABLE committed (consumer VARCHAR, topic VARCHAR, partition INTEGER, position BIGINT);
  CREATE TABLE dead_letter (consumer VARCHAR, topic VARCHAR, partition INTEGER, "offset" BIGINT);
  -- kind: 'row' or 'error'
  CREATE TABLE lake_row (kind VARCHAR, topic VARCHAR, partition INTEGER, "offset" BIGINT);
  -- What the event router has handed over, with the id as tables store it, and the first position of its list: 1 while it keeps all.
  CREATE TABLE routed_event (topic VARCHAR, event_id VARCHAR);
  CREATE TABLE routed_from (first BIGINT);
`;
