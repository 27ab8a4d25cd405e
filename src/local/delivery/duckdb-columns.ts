import type { ColumnType, LakeColumn } from '../../catalogue/lake-columns.ts';

/** The `columns` argument of `read_json`: each column's type as it stands in the JSON line. */
export function jsonColumns(columns: readonly LakeColumn[]): string {
  return `{${columns.map(({ name, type }) => `${literal(name)}: ${literal(jsonType(type))}`).join(', ')}}`;
}

/** The select list that turns the JSON line's columns into the lake's. */
export function selectList(columns: readonly LakeColumn[]): string {
  return columns.map(({ name, type }) => `${converted(identifier(name), type)} AS ${identifier(name)}`).join(', ');
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
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
const conversions: Readonly<Record<string, (expression: string) => string>> = {
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

function converted(expression: string, type: ColumnType): string {
  // Conversion of lists and structs costs time, so it is left out where the JSON's type is the lake's all the way down.
  if (isAsRead(type)) return expression;
  if (type.kind === 'list') return `list_transform(${expression}, lambda item: ${converted('item', type.item)})`;
  if (type.kind === 'map') {
    const value = converted('entry."value"', type.value);
    return (
      `map_from_entries(list_transform(map_entries(${expression}), ` +
      `lambda entry: struct_pack("key" := entry."key", "value" := ${value})))`
    );
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map(({ name, type: inner }) => {
      const field = identifier(name);
      return `${field} := ${converted(`${expression}.${field}`, inner)}`;
    });
    return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  return conversions[type.kind]?.(expression) ?? expression;
}

function isAsRead(type: ColumnType): boolean {
  if (type.kind === 'list') return isAsRead(type.item);
  if (type.kind === 'map') return isAsRead(type.value);
  if (type.kind === 'struct') return type.fields.every((field) => isAsRead(field.type));
  return !Object.hasOwn(conversions, type.kind);
}
