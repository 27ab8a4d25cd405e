import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import { didYouMean } from '../../core/close-matches.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { schemaFields } from '../topics/schema-fields.ts';
import type { ShownRecord } from './shown-record.ts';

export type RecordFilter = (record: ShownRecord) => boolean;

const attributes = ['ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_subject'] as const;

/**
 * A filter from `field=value`: a field of the data, nested ones with dots, or an attribute by its header's name. A field
 * inside an array matches when one item does.
 * @throws AppError EVENTBUS_CLI_USAGE for another form, or a field that the schema does not have
 */
export function recordFilter(text: string, schema: AvroRecordSchema | null): RecordFilter {
  const at = text.indexOf('=');
  const field = text.slice(0, at).replaceAll('[]', '').trim();
  if (at < 1 || field === '') throw usage(`--filter is "${text}", allowed is FIELD=VALUE`);
  const wanted = text.slice(at + 1);
  const attribute = attributes.find((name) => name === field);
  if (attribute !== undefined) return ({ event }) => attributeOf(event, attribute) === wanted;
  requireField(field, schema);
  const path = field.split('.');
  return ({ content }) => content.kind === 'data' && matches(content.data, path, wanted);
}

function attributeOf(event: ShownRecord['event'], name: (typeof attributes)[number]): string | undefined {
  if (event === null) return undefined;
  switch (name) {
    case 'ce_id':
      return event.id;
    case 'ce_source':
      return event.source;
    case 'ce_type':
      return event.type;
    case 'ce_time':
      return event.time;
    case 'ce_subject':
    default:
      return event.subject;
  }
}

function requireField(field: string, schema: AvroRecordSchema | null): void {
  if (schema === null) return;
  const fields = schemaFields(schema);
  const known = fields.map(({ path }) => path.replaceAll('[]', ''));
  const insideMap = fields.some(({ path, type }) => type.startsWith('map') && field.startsWith(`${path}.`));
  if (known.includes(field) || insideMap) return;
  const near = didYouMean(field, [...known, ...attributes]);
  throw usage(
    `--filter names "${field}", which ${schema.name} does not have${near}; attributes are ${attributes.join(', ')}`,
  );
}

function matches(value: unknown, path: readonly string[], wanted: string): boolean {
  if (Array.isArray(value)) return value.some((item) => matches(item, path, wanted));
  const [name, ...rest] = path;
  if (name === undefined) return equals(value, wanted);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
  return matches((value as Readonly<Record<string, unknown>>)[name], rest, wanted);
}

function equals(value: unknown, wanted: string): boolean {
  if (typeof value === 'number') return wanted.trim() !== '' && Number(wanted) === value;
  return typeof value === 'string' ? value === wanted : String(value) === wanted;
}

function usage(what: string): AppError {
  return new AppError('EVENTBUS_CLI_USAGE', what);
}
