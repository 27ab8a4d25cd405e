import type { AvroField, AvroRecordSchema, AvroSchema } from '../avro-schema.ts';
import type { Problem, Topic } from '../model.ts';
import type { CheckContext } from './context.ts';

/** Problems of a topic's key: it must be text in the newest version of the subject, and never be missing. */
export function keyProblems(topic: Topic, path: string, { schemas }: CheckContext): readonly Problem[] {
  const newest = schemas[topic.subject]?.at(-1);
  if (newest === undefined) return [];
  const { key, keyFallback } = topic;
  const found = [...fieldProblems(newest, `${path}.key`, key)];
  if (keyFallback !== undefined) return [...found, ...fieldProblems(newest, `${path}.keyFallback`, keyFallback)];
  const field = fieldNamed(newest, key);
  if (field === undefined || !isOptional(field.type)) return found;
  const message = `the field "${key}" of ${newest.name} is optional, so a record could have no key`;
  return [...found, { path: `${path}.key`, message, fix: 'Name a required field, or declare keyFallback.' }];
}

function fieldProblems(schema: AvroRecordSchema, path: string, name: string): readonly Problem[] {
  const field = fieldNamed(schema, name);
  if (field === undefined) {
    const names = schema.fields.map((candidate) => candidate.name).join(', ');
    return [{ path, message: `${schema.name} has no field "${name}"`, fix: `Name one of its fields: ${names}.` }];
  }
  if (isText(field.type)) return [];
  return [{ path, message: `the field "${name}" of ${schema.name} is not text`, fix: 'Name a field of type string.' }];
}

function fieldNamed(schema: AvroRecordSchema, name: string): AvroField | undefined {
  return schema.fields.find((field) => field.name === name);
}

function isOptional(type: AvroSchema): boolean {
  return Array.isArray(type) && type.includes('null');
}

function isText(type: AvroSchema): boolean {
  if (typeof type === 'string') return type === 'string';
  if ('type' in type) return type.type === 'string';
  const branches = type.filter((branch) => branch !== 'null');
  return branches.length === 1 && branches.every(isText);
}
