import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import {
  type Definitions,
  definitionsOf,
  fieldType,
  isEnum,
  isRequired,
  recordInside,
  typeText,
} from './field-type.ts';

/** One field of a subject, nested ones with the path to them: `readings[].speedKmh`. */
export interface SchemaField {
  readonly path: string;
  /** Avro's type, with its logical type. */
  readonly type: string;
  /** True when the record that has the field cannot be without it. */
  readonly required: boolean;
  /** Value of an absent field; not set when the field is required. */
  readonly default?: unknown;
  /** Meaning and unit. */
  readonly doc: string;
  /** Values of an enum. */
  readonly symbols?: readonly string[];
}

/** Fields of a record in their order, those of a nested record behind the field that holds it. */
export function schemaFields(schema: AvroRecordSchema): readonly SchemaField[] {
  return fieldsBelow(schema, '', { definitions: definitionsOf(schema), open: [schema.name] });
}

interface Walk {
  readonly definitions: Definitions;
  /** Records on the way here: one that holds itself is not entered again. */
  readonly open: readonly string[];
}

function fieldsBelow(schema: AvroRecordSchema, prefix: string, walk: Walk): readonly SchemaField[] {
  return schema.fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    const type = fieldType(field.type, walk.definitions);
    const symbols = type.branches.find(isEnum)?.symbols;
    const own: SchemaField = {
      path,
      type: typeText(type, walk.definitions),
      required: isRequired(field),
      ...(isRequired(field) ? {} : { default: field.default }),
      doc: field.doc ?? '',
      ...(symbols === undefined ? {} : { symbols }),
    };
    const inside = recordInside(type, walk.definitions);
    if (inside === undefined || walk.open.includes(inside.record.name)) return [own];
    const { record, step } = inside;
    return [own, ...fieldsBelow(record, `${path}${step}.`, { ...walk, open: [...walk.open, record.name] })];
  });
}
