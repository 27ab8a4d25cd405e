import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { literal } from '../../core/duckdb-sql.ts';

/** The rows of all topics as DuckDB reads them; undefined while the lake has no file of rows. */
export function lakeRows(lake: string): string | undefined {
  const files = filesBelow(join(lake, 'bronze'), '.parquet');
  return files && `read_parquet(${files}, hive_partitioning = false, union_by_name = true)`;
}

/** The coordinates of records that have no row, likewise. */
export function lakeErrors(lake: string): string | undefined {
  const files = filesBelow(join(lake, 'bronze-errors'), '.jsonl');
  return (
    files &&
    `read_json(${files}, format = 'newline_delimited', hive_partitioning = false,
      columns = {topic: 'VARCHAR', "partition": 'INTEGER', "offset": 'BIGINT'})`
  );
}

function filesBelow(folder: string, extension: string): string | undefined {
  const some =
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(extension));
  return some ? literal(join(folder, '**', `*${extension}`)) : undefined;
}
