import type { ColumnType } from '../catalogue/lake-columns.ts';

/** A name as DuckDB's SQL quotes it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as DuckDB's SQL quotes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** By kind of column: the SQL that turns an expression of one form into the other; kinds left out are the same in both. */
export type Conversions = Readonly<Record<string, (expression: string) => string>>;

/** SQL expression that converts a column, also inside lists, maps and structs. */
export function convertedColumn(expression: string, type: ColumnType, conversions: Conversions): string {
  // Conversion of lists and structs costs time, so it is left out where nothing changes all the way down.
  if (isUnchanged(type, conversions)) return expression;
  if (type.kind === 'list') {
    return `list_transform(${expression}, lambda item: ${convertedColumn('item', type.item, conversions)})`;
  }
  if (type.kind === 'map') {
    const value = convertedColumn('entry."value"', type.value, conversions);
    return (
      `map_from_entries(list_transform(map_entries(${expression}), ` +
      `lambda entry: struct_pack("key" := entry."key", "value" := ${value})))`
    );
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map(({ name, type: inner }) => {
      const field = identifier(name);
      return `${field} := ${convertedColumn(`${expression}.${field}`, inner, conversions)}`;
    });
    return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  return conversions[type.kind]?.(expression) ?? expression;
}

function isUnchanged(type: ColumnType, conversions: Conversions): boolean {
  if (type.kind === 'list') return isUnchanged(type.item, conversions);
  if (type.kind === 'map') return isUnchanged(type.value, conversions);
  if (type.kind === 'struct') return type.fields.every((field) => isUnchanged(field.type, conversions));
  return !Object.hasOwn(conversions, type.kind);
}
