import avsc from 'avsc';
import type { AvroRecordSchema } from '../catalogue/avro-schema.ts';
import { type ByteCheck, compileByteCheck } from './byte-check.ts';
import { compileJsonReader, type JsonReader } from './json-reader.ts';
import { derivedSchemaIds, type SchemaIds } from './schema-ids.ts';
import { compileValueGuard, type ValueGuard } from './value-guard.ts';

/** Names a published version. */
export interface SchemaVersionName {
  readonly subject: string;
  /** 1, 2, … */
  readonly version: number;
}

/** One published version of a subject, ready to decode what was written with it into the newest version. */
export interface CompiledVersion {
  readonly writer: SchemaVersionName;
  /** The Glue frame of values written with this version, not compressed: 18 bytes. */
  readonly frame: Buffer;
  readonly confluentId: number;
  /** Glue ids that name this version, as hexadecimal digits: the one in use and the derived one. */
  readonly glueIds: readonly string[];
  readonly check: ByteCheck;
  /** Reads an Avro body that passed `check` into a value of the newest version. */
  readonly read: (bytes: Buffer, start: number) => unknown;
}

/** A subject with everything compiled once. */
export interface CompiledSubject {
  readonly subject: string;
  readonly versions: readonly CompiledVersion[];
  /** The version that is written. */
  readonly newest: CompiledVersion;
  readonly type: avsc.Type;
  readonly guard: ValueGuard | undefined;
  readonly readJson: JsonReader;
  /** Fields of the newest version. */
  readonly fields: ReadonlySet<string>;
}

/** Compiles all versions of a subject; throws when one cannot be read as the newest. */
export function compileSubject(
  subject: string,
  versions: readonly AvroRecordSchema[],
  ids: SchemaIds,
): CompiledSubject {
  const types = versions.map(typeOf);
  const type = types.at(-1);
  const schema = versions.at(-1);
  if (type === undefined || schema === undefined) throw new TypeError(`subject "${subject}" has no version`);
  const compiled = versions.map((written, index) => compileVersion(ids, type, { subject, index, written }));
  return {
    subject,
    versions: compiled,
    newest: compiled.at(-1) as CompiledVersion,
    type,
    guard: compileValueGuard(schema),
    readJson: compileJsonReader(subject, schema),
    fields: new Set(schema.fields.map((field) => field.name)),
  };
}

/** Values are plain: no wrapped unions, no methods on records. */
function typeOf(schema: AvroRecordSchema): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false, omitRecordMethods: true });
}

interface Written {
  readonly subject: string;
  readonly index: number;
  readonly written: AvroRecordSchema;
}

function compileVersion(ids: SchemaIds, newest: avsc.Type, { subject, index, written }: Written): CompiledVersion {
  const type = typeOf(written);
  const version = { subject, version: index + 1, canonicalForm: JSON.stringify(type.schema()) };
  const glueId = hexOf(ids.glueId(version));
  const same = JSON.stringify(newest.schema()) === version.canonicalForm;
  const resolver = same ? undefined : newest.createResolver(type);
  return {
    writer: { subject, version: version.version },
    frame: Buffer.from(`0300${glueId}`, 'hex'),
    confluentId: ids.confluentId(version),
    glueIds: [glueId, hexOf(derivedSchemaIds.glueId(version))],
    check: compileByteCheck(written),
    read: (bytes, start) => newest.decode(bytes, start, resolver).value,
  };
}

function hexOf(uuid: string): string {
  return uuid.replaceAll('-', '').toLowerCase();
}
