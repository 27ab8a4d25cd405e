import type { ColumnType } from '../../catalogue/lake-columns.ts';

/** How a lake column is read back in the form it had before it became one: instants and dates as numbers. */
const restorations: Readonly<Record<string, (expression: string) => string>> = {
  'timestamp-millis': (expression) => `epoch_ms(${expression})`,
  'timestamp-micros': (expression) => `epoch_us(${expression})`,
  date: (expression) => `date_diff('day', DATE '1970-01-01', ${expression})`,
};

/** SQL expression of DuckDB that gives the column's value as the codec takes it. */
export function restored(expression: string, type: ColumnType): string {
  if (isPlain(type)) return expression;
  if (type.kind === 'list') return `list_transform(${expression}, lambda item: ${restored('item', type.item)})`;
  if (type.kind === 'map') {
    const value = restored('entry."value"', type.value);
    return (
      `map_from_entries(list_transform(map_entries(${expression}), ` +
      `lambda entry: struct_pack("key" := entry."key", "value" := ${value})))`
    );
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map(({ name, type: inner }) => {
      const field = `"${name.replaceAll('"', '""')}"`;
      return `${field} := ${restored(`${expression}.${field}`, inner)}`;
    });
    return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  return restorations[type.kind]?.(expression) ?? expression;
}

function isPlain(type: ColumnType): boolean {
  if (type.kind === 'list') return isPlain(type.item);
  if (type.kind === 'map') return isPlain(type.value);
  if (type.kind === 'struct') return type.fields.every((field) => isPlain(field.type));
  return !Object.hasOwn(restorations, type.kind);
}
