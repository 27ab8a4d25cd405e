import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { literal } from '../../core/duckdb-sql.ts';
import { AppError } from '../../core/errors/app-error.ts';
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
  if (!holds(join(lake, 'bronze'), '.parquet')) return;
  const files = literal(join(lake, 'bronze', '**', '*.parquet'));
  await workbench.run(
    `INSERT INTO lake_row SELECT 'row', kafka_topic, kafka_partition, kafka_offset
     FROM read_parquet(${files}, hive_partitioning = false, union_by_name = true)`,
  );
}

async function readErrors(workbench: Workbench, lake: string): Promise<void> {
  if (!holds(join(lake, 'bronze-errors'), '.jsonl')) return;
  const files = literal(join(lake, 'bronze-errors', '**', '*.jsonl'));
  await workbench.run(
    `INSERT INTO lake_row SELECT 'error', topic, "partition", "offset"
     FROM read_json(${files}, format = 'newline_delimited', hive_partitioning = false,
       columns = {topic: 'VARCHAR', "partition": 'INTEGER', "offset": 'BIGINT'})`,
  );
}

function holds(folder: string, extension: string): boolean {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(extension))
  );
}
