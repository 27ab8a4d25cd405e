import { AppError } from '../../core/errors/app-error.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import type { RowWriter, TableName, Value, Workbench } from './workbench.ts';

const rowsPerFetch = 20_000;

interface Copy {
  readonly into: TableName;
  /** Columns in the order of the workbench's table. */
  readonly select: string;
}

const copies: readonly Copy[] = [
  { into: 'consumer_position', select: 'select consumer, topic, partition, position from consumer_position' },
  {
    into: 'skip',
    select: 'select consumer, topic, partition, "offset", item, reason from skipped_record',
  },
  { into: 'sink_event', select: `select 'vehicle_reading', event_id::text, null from vehicle_reading` },
  { into: 'sink_event', select: `select 'measurement', event_id::text, metric from measurement` },
  { into: 'sink_event', select: `select 'window_applied', event_id::text, null from window_applied` },
  { into: 'sink_event', select: `select 'commerce_event', event_id::text, null from commerce_event` },
  { into: 'sink_event', select: `select 'photo', event_id, null from photo` },
];

/**
 * Loads positions, skips and the events that tables hold, through cursors. A transaction for each, because writers of
 * the embedded engine wait for it; sinks only grow, so what changes in between takes nothing away.
 */
export async function readPostgres(workbench: Workbench, pool: Pool): Promise<void> {
  for (const copy of copies) await copyInto(workbench, pool, copy);
}

/** Loads where the records of stored letters lie. After the queues, from which letters come here. */
export async function readStoredLetters(workbench: Workbench, pool: Pool): Promise<void> {
  await copyInto(workbench, pool, {
    into: 'dead_letter',
    select: 'select consumer, topic, partition, "offset" from dead_letter',
  });
}

async function copyInto(workbench: Workbench, pool: Pool, { into, select }: Copy): Promise<void> {
  await workbench.append(into, (row) => inTransaction(pool, (client) => copyRows(client, select, row)));
}

async function copyRows(client: PoolClient, select: string, row: RowWriter): Promise<void> {
  try {
    await client.query(`declare audited no scroll cursor for ${select}`);
    for (;;) {
      const text = `fetch forward ${rowsPerFetch} from audited`;
      const { rows } = await client.query<Value[]>({ text, rowMode: 'array' });
      for (const values of rows) row(...values);
      if (rows.length < rowsPerFetch) break;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('EVENTBUS_AUDIT_SINK_UNREADABLE', `PostgreSQL, "${select}": ${reason}`, { cause });
  }
}
