import { AppError } from '../../core/errors/app-error.ts';
import { lakeErrors, lakeRows } from '../../local/delivery/lake-tables.ts';
import type { Workbench } from './workbench.ts';

/** Loads the coordinates of every row of the lake and of every record below `bronze-errors`. */
export async function readLake(workbench: Workbench, lake: string): Promise<void> {
  try {
    await readRows(workbench, lake);
    await readErrors(workbench, lake);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('EVENTBUS_AUDIT_SINK_UNREADABLE', `lake ${lake}: ${reason}`, { cause });
  }
}

async function readRows(workbench: Workbench, lake: string): Promise<void> {
  const rows = lakeRows(lake);
  if (rows === undefined) return;
  await workbench.run(`INSERT INTO lake_row SELECT 'row', kafka_topic, kafka_partition, kafka_offset FROM ${rows}`);
}

async function readErrors(workbench: Workbench, lake: string): Promise<void> {
  const errors = lakeErrors(lake);
  if (errors === undefined) return;
  await workbench.run(`INSERT INTO lake_row SELECT 'error', topic, "partition", "offset" FROM ${errors}`);
}
