import type { AvroRecordSchema } from '../catalogue/avro-schema.ts';
import type { Events, Subject } from '../catalogue/events.generated.ts';
import { schemas } from '../catalogue/schemas.generated.ts';
import { AppError } from '../core/errors/app-error.ts';
import { makeAvroReader } from './avro-reader.ts';
import { makeAvroWriter } from './avro-writer.ts';
import type { CloudEventAttributes } from './cloud-event.ts';
import { type CompiledSubject, compileSubject, type SchemaVersionName } from './compiled-subject.ts';
import { fromEnvelope, isEnvelope } from './envelope.ts';
import { framedVersion } from './framed-version.ts';
import { derivedSchemaIds, type SchemaIds } from './schema-ids.ts';
import { fromStructuredJson, isStructuredJson } from './structured-event.ts';
import { formatOf, innerFormatOf, parseJsonText, type ValueFormat } from './value-format.ts';

/** A decoded value of the newest version of its subject, and the version it was written with. */
export interface Decoded<S extends Subject = Subject> {
  readonly value: Events[S];
  readonly writer: { readonly subject: S; readonly version: number };
  /** Attributes that came inside the value: CloudEvents structured mode or the event envelope. */
  readonly event?: CloudEventAttributes;
}

export interface EncodeOptions {
  /** @default 'none' */
  readonly compression?: 'none' | 'zlib';
}

/** Turns values of the bus's subjects into bytes and back. Every failure is a coded `AppError`. */
export interface Codec {
  /** Avro of the subject's newest version behind the Glue frame. */
  encode<S extends Subject>(subject: S, value: Events[S], options?: EncodeOptions): Buffer;
  /** Avro behind a Glue or Confluent frame, of any published version of the subject, as a value of the newest. */
  decode<S extends Subject>(subject: S, bytes: Buffer): Decoded<S>;
  /** Checks plain JSON against the subject's newest version and fills defaults of absent fields. */
  parseJson<S extends Subject>(subject: S, json: unknown): Events[S];
  /**
   * Decodes a record's value by its content type: framed Avro, JSON (bare, or in the event envelope), or a CloudEvent
   * in structured mode. Without a content type the first byte decides.
   */
  decodeRecord<S extends Subject>(subject: S, contentType: string | undefined, bytes: Buffer): Decoded<S>;
  /**
   * What a value's frame says of the version it was written with, also when the value cannot be decoded: such as
   * `VehicleState/v2`, `glue:<uuid>` or `confluent:<id>` for an unknown one, `null` without a frame.
   */
  schemaVersionOf(subject: Subject, bytes: Buffer): string | null;
}

/** Every published version by subject; index 0 is v1. */
export type PublishedSchemas = Readonly<Record<string, readonly AvroRecordSchema[]>>;

/**
 * Makes a codec. Schemas are bundled and compiled on first use of their subject; nothing is read at run time.
 * `ids` say what stands in registry frames, as a rule `schemaIdsFromEnvironment(process.env)`.
 */
export function makeCodec(ids: SchemaIds = derivedSchemaIds, published: PublishedSchemas = schemas): Codec {
  const subjects = compiledOnUse(ids, published);
  const writeAvro = makeAvroWriter();
  const readAvro = makeAvroReader(() => Object.keys(published).map(subjects));

  const fromJson = (subject: CompiledSubject, json: unknown): Found => {
    if (isStructuredJson(json) && !subject.fields.has('specversion')) return fromStructured(subject, json);
    if (isEnvelope(json) && !subject.fields.has('eventType')) {
      const { event, data } = fromEnvelope(json);
      return { value: subject.readJson(data), writer: subject.newest.writer, event };
    }
    return { value: subject.readJson(json), writer: subject.newest.writer };
  };
  const fromStructured = (subject: CompiledSubject, json: unknown): Found => {
    const structured = fromStructuredJson(json);
    const { event } = structured;
    if ('json' in structured) {
      return { value: subject.readJson(structured.json), writer: subject.newest.writer, event };
    }
    return { ...fromBytes(subject, innerFormatOf(event.contentType, structured.bytes), structured.bytes), event };
  };
  const fromBytes = (subject: CompiledSubject, format: ValueFormat, bytes: Buffer): Found => {
    if (format === 'avro') return readAvro(subject, bytes);
    const json = parseJsonText(bytes);
    return format === 'structured' ? fromStructured(subject, json) : fromJson(subject, json);
  };

  return {
    encode: (subject, value, options) => writeAvro(subjects(subject), value, options?.compression === 'zlib'),
    decode: (subject, bytes) => readAvro(subjects(subject), bytes) as Decoded<typeof subject>,
    parseJson: <S extends Subject>(subject: S, json: unknown) => subjects(subject).readJson(json) as Events[S],
    decodeRecord: (subject, contentType, bytes) =>
      fromBytes(subjects(subject), formatOf(contentType, bytes), bytes) as Decoded<typeof subject>,
    schemaVersionOf: (subject, bytes) => {
      const own = framedVersion(bytes, subjects(subject).versions);
      if (own === null || own.known) return own?.name ?? null;
      const all = Object.keys(published).flatMap((name) => subjects(name).versions);
      return framedVersion(bytes, all)?.name ?? null;
    },
  };
}

/** A value found in bytes, before its type is known to the compiler. */
interface Found {
  readonly value: unknown;
  readonly writer: SchemaVersionName;
  readonly event?: CloudEventAttributes;
}

function compiledOnUse(ids: SchemaIds, published: PublishedSchemas): (subject: string) => CompiledSubject {
  const compiled = new Map<string, CompiledSubject>();
  return (subject) => {
    const known = compiled.get(subject);
    if (known !== undefined) return known;
    const versions = Object.hasOwn(published, subject) ? published[subject] : undefined;
    if (versions === undefined) {
      throw new AppError('EVENTBUS_CODEC_SUBJECT_UNKNOWN', `got "${subject}"`, { details: { subject } });
    }
    const made = compileSubject(subject, versions, ids);
    compiled.set(subject, made);
    return made;
  };
}
