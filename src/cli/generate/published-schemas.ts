import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import { AppError } from '../../core/errors/app-error.ts';

/** Every published version of one subject; `versions[0]` is v1. */
export interface PublishedSubject {
  readonly subject: string;
  readonly versions: readonly AvroRecordSchema[];
}

/** Reads `schemas/<subject>/v1.avsc, v2.avsc …` below `root`, by name; versions must be gapless and name their folder. */
export function readPublishedSchemas(root: string): readonly PublishedSubject[] {
  return readdirSync(join(root, 'schemas'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((subject) => ({ subject, versions: readVersions(root, subject) }));
}

function readVersions(root: string, subject: string): readonly AvroRecordSchema[] {
  const folder = `schemas/${subject}`;
  const files = readdirSync(join(root, folder));
  const odd = files.find((file) => !/^v[1-9]\d*\.avsc$/.test(file));
  if (odd !== undefined) throw invalid(`${folder}/${odd} is not named v<number>.avsc`);
  if (files.length === 0) throw invalid(`${folder} holds no version; expected v1.avsc`);
  return files.map((_, index) => {
    const path = `${folder}/v${index + 1}.avsc`;
    if (!files.includes(`v${index + 1}.avsc`)) throw invalid(`${path} is missing between published versions`);
    return readRecord(root, path, subject);
  });
}

function readRecord(root: string, path: string, subject: string): AvroRecordSchema {
  let schema: AvroRecordSchema;
  try {
    schema = JSON.parse(readFileSync(join(root, path), 'utf8')) as AvroRecordSchema;
  } catch (cause) {
    throw invalid(`${path} is not JSON`, cause);
  }
  if (schema.type !== 'record' || !Array.isArray(schema.fields)) throw invalid(`${path} is not an Avro record`);
  if (schema.name !== subject) throw invalid(`${path} names "${schema.name}", its folder says "${subject}"`);
  return schema;
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_CATALOGUE_SCHEMA_INVALID', what, { cause });
}
