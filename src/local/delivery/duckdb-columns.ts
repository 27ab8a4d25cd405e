import type { ColumnType, LakeColumn } from '../../catalogue/lake-columns.ts';
import { type Conversions, convertedColumn, identifier, literal } from '../../core/duckdb-sql.ts';

/** The `columns` argument of `read_json`: each column's type as it stands in the JSON line. */
export function jsonColumns(columns: readonly LakeColumn[]): string {
  return `{${columns.map(({ name, type }) => `${literal(name)}: ${literal(jsonType(type))}`).join(', ')}}`;
}

/** The select list that turns the JSON line's columns into the lake's. */
export function selectList(columns: readonly LakeColumn[]): string {
  return columns
    .map(({ name, type }) => `${convertedColumn(identifier(name), type, conversions)} AS ${identifier(name)}`)
    .join(', ');
}

/** What stands in the JSON for a column of a simple kind. */
const jsonTypes = {
  string: 'VARCHAR',
  bytes: 'VARCHAR',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  date: 'INTEGER',
  long: 'BIGINT',
  'timestamp-millis': 'BIGINT',
  'timestamp-micros': 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  json: 'JSON',
} as const;

/** How the JSON's form becomes the lake's, where the two differ. */
const conversions: Conversions = {
  bytes: (expression) => `from_base64(${expression})`,
  'timestamp-millis': (expression) => `epoch_ms(${expression})`,
  'timestamp-micros': (expression) => `make_timestamp(${expression})`,
  date: (expression) => `(DATE '1970-01-01' + ${expression})`,
  json: (expression) => `CAST(${expression} AS VARCHAR)`,
};

function jsonType(type: ColumnType): string {
  if (type.kind === 'list') return `${jsonType(type.item)}[]`;
  if (type.kind === 'map') return `MAP(VARCHAR, ${jsonType(type.value)})`;
  if (type.kind === 'struct') {
    return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${jsonType(field.type)}`).join(', ')})`;
  }
  return jsonTypes[type.kind];
}
