import { AppError } from '../core/errors/app-error.ts';
import type { CompiledSubject, CompiledVersion, SchemaVersionName } from './compiled-subject.ts';
import {
  compressionNone,
  compressionZlib,
  confluentFrameByte,
  confluentHeaderBytes,
  glueFrameByte,
  glueHeaderBytes,
  unpackZlib,
} from './frame.ts';
import { dashed } from './framed-version.ts';

/** A value of the newest version of its subject, and the version it was written with. */
export interface AvroValue {
  readonly value: unknown;
  readonly writer: SchemaVersionName;
}

/** Decodes a framed value of one subject. */
export type AvroReader = (subject: CompiledSubject, bytes: Buffer) => AvroValue;

/** Makes the reader; `allSubjects` is asked only to tell a foreign subject from an unknown schema. */
export function makeAvroReader(allSubjects: () => readonly CompiledSubject[]): AvroReader {
  return (subject, bytes) => {
    const [first] = bytes;
    if (first === glueFrameByte) {
      const version = glueVersion(subject, bytes, allSubjects);
      return readBody(version, bytes, bytes[1] as number);
    }
    if (first === confluentFrameByte) {
      const version = confluentVersion(subject, bytes, allSubjects);
      return checked(version, bytes, confluentHeaderBytes);
    }
    if (first === undefined) throw new AppError('EVENTBUS_CODEC_TRUNCATED', 'the value is empty');
    const what = `first byte ${first}, allowed are ${glueFrameByte} (Glue) and ${confluentFrameByte} (Confluent)`;
    throw new AppError('EVENTBUS_CODEC_FRAME_UNKNOWN', what);
  };
}

function readBody(version: CompiledVersion, bytes: Buffer, compression: number): AvroValue {
  if (compression === compressionNone) return checked(version, bytes, glueHeaderBytes);
  if (compression === compressionZlib) return checked(version, unpackZlib(bytes.subarray(glueHeaderBytes)), 0);
  const what = `compression byte ${compression}, allowed are ${compressionNone} (none) and ${compressionZlib} (zlib)`;
  throw new AppError('EVENTBUS_CODEC_COMPRESSION_UNKNOWN', what);
}

function checked(version: CompiledVersion, bytes: Buffer, start: number): AvroValue {
  try {
    version.check(bytes, start);
    return { value: version.read(bytes, start), writer: version.writer };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    // After the check one thing is left: types nested deeper than the stack.
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('EVENTBUS_CODEC_MALFORMED', `${version.writer.subject}/v${version.writer.version}: ${message}`, {
      cause,
    });
  }
}

function glueVersion(
  subject: CompiledSubject,
  bytes: Buffer,
  allSubjects: () => readonly CompiledSubject[],
): CompiledVersion {
  requireHeader(bytes, glueHeaderBytes);
  if (sameId(bytes, subject.newest.frame)) return subject.newest;
  const id = bytes.toString('hex', 2, glueHeaderBytes);
  return find(subject, (version) => version.glueIds.includes(id), { allSubjects, id: `schema version ${dashed(id)}` });
}

function confluentVersion(
  subject: CompiledSubject,
  bytes: Buffer,
  allSubjects: () => readonly CompiledSubject[],
): CompiledVersion {
  requireHeader(bytes, confluentHeaderBytes);
  const id = bytes.readUInt32BE(1);
  return find(subject, (version) => version.confluentId === id, { allSubjects, id: `schema id ${id}` });
}

interface Search {
  readonly allSubjects: () => readonly CompiledSubject[];
  readonly id: string;
}

/** Versions that differ only in documentation share an id; the newest of them answers. */
function find(subject: CompiledSubject, matches: (version: CompiledVersion) => boolean, search: Search) {
  const found = subject.versions.findLast(matches);
  if (found !== undefined) return found;
  const foreign = search
    .allSubjects()
    .flatMap((other) => other.versions)
    .find(matches);
  const details = { subject: subject.subject };
  if (foreign !== undefined) {
    const what = `${search.id} is ${foreign.writer.subject}/v${foreign.writer.version}, expected is ${subject.subject}`;
    throw new AppError('EVENTBUS_CODEC_SUBJECT_MISMATCH', what, { details });
  }
  const what = `${search.id} is none of the ${subject.versions.length} versions of ${subject.subject}`;
  throw new AppError('EVENTBUS_CODEC_SCHEMA_UNKNOWN', what, { details });
}

function requireHeader(bytes: Buffer, headerBytes: number): void {
  if (bytes.length >= headerBytes) return;
  throw new AppError('EVENTBUS_CODEC_TRUNCATED', `got ${bytes.length} bytes, the frame alone takes ${headerBytes}`);
}

/** Compares the UUIDs of two Glue frames. */
function sameId(bytes: Buffer, frame: Buffer): boolean {
  for (let index = 2; index < glueHeaderBytes; index += 1) if (bytes[index] !== frame[index]) return false;
  return true;
}
