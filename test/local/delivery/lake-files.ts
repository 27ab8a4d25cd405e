import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Paths of all files below the folder, relative to it, sorted; without the delivery's own. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => relative(folder, join(folder, name)))
    .filter((name) => name.startsWith('bronze'))
    .sort();
}

/** Runs SQL with `{lake}` standing for the Parquet files of the lake, and gives the rows as JSON values. */
export async function queryLake(folder: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const lake = `read_parquet('${join(folder, 'bronze', '**', '*.parquet')}', hive_partitioning = true, union_by_name = true)`;
    const result = await connection.runAndReadAll(sql.replaceAll('{lake}', lake));
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
