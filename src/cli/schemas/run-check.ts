import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import { catalogue } from '../../catalogue/catalogue.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import { didYouMean } from '../../core/close-matches.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePool } from '../../postgres/pool.ts';
import { lettersByVersion, type VersionCount } from '../../services/dead-letters/letters-by-version.ts';
import { databaseUrl } from '../bus-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { readPublishedSchemas } from '../generate/published-schemas.ts';
import { checkReport, isSound, reportText, type Subjects } from './check-report.ts';
import type { CheckFlags } from './command.ts';

/** Checks the schemas and prints the report; returns the exit code. */
export async function runCheck(subject: string | undefined, flags: CheckFlags): Promise<number> {
  const subjects = chosen(withCandidate(publishedSubjects(flags), subject, flags), subject);
  const letters = flags.offline ? null : await waiting(flags);
  const report = checkReport({ catalogue, subjects, letters });
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : reportText(report));
  return isSound(report) ? exitCodes.ok : exitCodes.finding;
}

/** The versions on disk, which may be ahead of the ones that this program was made with. */
function publishedSubjects({ checkout }: CheckFlags): Subjects {
  const root = checkout ?? '.';
  const folder = join(root, 'schemas');
  if (!existsSync(folder)) {
    if (checkout === undefined) return schemas;
    throw new AppError('EVENTBUS_CLI_FILE_UNREADABLE', `"${folder}" does not exist`);
  }
  return Object.fromEntries(readPublishedSchemas(root).map(({ subject, versions }) => [subject, versions]));
}

function chosen(subjects: Subjects, subject: string | undefined): Subjects {
  if (subject === undefined) return subjects;
  const versions = Object.hasOwn(subjects, subject) ? subjects[subject] : undefined;
  if (versions === undefined) {
    throw new AppError('EVENTBUS_CODEC_SUBJECT_UNKNOWN', `"${subject}"${didYouMean(subject, Object.keys(subjects))}`);
  }
  return { [subject]: versions };
}

function withCandidate(subjects: Subjects, subject: string | undefined, { candidate }: CheckFlags): Subjects {
  if (candidate === undefined) return subjects;
  if (subject === undefined) throw new AppError('EVENTBUS_CLI_USAGE', '--candidate needs the SUBJECT it belongs to');
  return { ...subjects, [subject]: [...(subjects[subject] ?? []), readCandidate(candidate, subject)] };
}

function readCandidate(path: string, subject: string): AvroRecordSchema {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('EVENTBUS_CLI_FILE_UNREADABLE', `"${path}"`, { cause });
  }
  const schema = parsed(text, path);
  if (schema.type === 'record' && schema.name === subject && Array.isArray(schema.fields))
    return schema as AvroRecordSchema;
  throw new AppError('EVENTBUS_CATALOGUE_SCHEMA_INVALID', `"${path}" is no Avro record named "${subject}"`);
}

function parsed(text: string, path: string): Partial<AvroRecordSchema> {
  try {
    return JSON.parse(text) as Partial<AvroRecordSchema>;
  } catch (cause) {
    throw new AppError('EVENTBUS_CATALOGUE_SCHEMA_INVALID', `"${path}" is not JSON`, { cause });
  }
}

async function waiting(flags: CheckFlags): Promise<readonly VersionCount[]> {
  const { url, named } = databaseUrl(flags);
  const pool = makePool(url, { applicationName: 'event-bus-schemas', max: 1 });
  try {
    return await lettersByVersion(pool);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'EVENTBUS_POSTGRES_UNAVAILABLE' || named) throw error;
    const what = `PostgreSQL does not answer at ${url}; --offline checks without it`;
    throw new AppError('EVENTBUS_CLI_BUS_STOPPED', what, { cause: error });
  } finally {
    await pool.end();
  }
}
