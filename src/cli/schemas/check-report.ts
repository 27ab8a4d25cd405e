import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import type { Catalogue, Problem } from '../../catalogue/model.ts';
import { checkSchemas } from '../../core/schema-rules/check-schemas.ts';
import { unreadableVersions } from '../../core/schema-rules/unreadable-versions.ts';
import type { VersionCount } from '../../services/dead-letters/letters-by-version.ts';

/** Letters that wait and were not written with the newest version. */
export interface WaitingLetters extends VersionCount {
  readonly subject: string;
  /** Newest version of the subject. */
  readonly newest: number;
  readonly readable: boolean;
  /** Why not; empty when they are readable. */
  readonly reasons: readonly string[];
}

export interface CheckReport {
  readonly subjects: number;
  readonly versions: number;
  readonly problems: readonly Problem[];
  /** null when no database was asked. */
  readonly waiting: readonly WaitingLetters[] | null;
}

export type Subjects = Readonly<Record<string, readonly AvroRecordSchema[]>>;

export interface CheckInput {
  readonly catalogue: Pick<Catalogue, 'topics'>;
  readonly subjects: Subjects;
  /** null when no database was asked. */
  readonly letters: readonly VersionCount[] | null;
}

export function checkReport({ catalogue, subjects, letters }: CheckInput): CheckReport {
  const all = Object.values(subjects);
  return {
    subjects: all.length,
    versions: all.reduce((sum, versions) => sum + versions.length, 0),
    problems: checkSchemas(catalogue, subjects),
    waiting: letters === null ? null : waitingLetters(catalogue, subjects, letters),
  };
}

function waitingLetters(
  { topics }: CheckInput['catalogue'],
  subjects: Subjects,
  letters: readonly VersionCount[],
): readonly WaitingLetters[] {
  return letters.flatMap((count): WaitingLetters[] => {
    const subject = topics.find(({ name }) => name === count.topic)?.subject;
    const versions = subject === undefined ? undefined : subjects[subject];
    if (subject === undefined || versions === undefined) return [];
    const newest = versions.length;
    const version = versionOf(count.schemaVersion, subject);
    if (version === newest) return [];
    const reasons = version === undefined ? ['no version of the subject has this id'] : reasonsOf(versions, version);
    return [{ ...count, subject, newest, readable: reasons.length === 0, reasons }];
  });
}

function versionOf(name: string, subject: string): number | undefined {
  const version = name.startsWith(`${subject}/v`) ? Number(name.slice(subject.length + 2)) : Number.NaN;
  return Number.isInteger(version) ? version : undefined;
}

function reasonsOf(versions: readonly AvroRecordSchema[], version: number): readonly string[] {
  if (version > versions.length) return [`only ${versions.length} versions are known here`];
  const found = unreadableVersions(versions).find((unreadable) => unreadable.version === version);
  return (found?.obstacles ?? []).map(({ path, reason }) => `${path}: ${reason}`);
}

/** True when nothing has to be done before the schemas are used. */
export function isSound({ problems, waiting }: CheckReport): boolean {
  return problems.length === 0 && (waiting ?? []).every(({ readable }) => readable);
}

/** The report as a person reads it. */
export function reportText(report: CheckReport): string {
  const { subjects, versions, problems, waiting } = report;
  const lines = problems.map(({ path, message, fix }) => `${path}: ${message}. ${fix}`);
  for (const { letters, topic, schemaVersion, newest, readable, reasons, subject } of waiting ?? []) {
    const what = `${letters.toLocaleString('en-US')} open ${letters === 1 ? 'letter' : 'letters'} of ${topic} on ${schemaVersion}`;
    if (readable) lines.push(`${what}: readable with ${subject}/v${newest}`);
    else lines.push(`${what}: NOT readable with ${subject}/v${newest}`, ...reasons.map((reason) => `  ${reason}`));
  }
  const unreadable = (waiting ?? []).filter(({ readable }) => !readable);
  if (unreadable.length > 0) {
    lines.push(
      'Redrive these before the new version is in use: "event-bus dlq redrive --schema-version VERSION", or discard them.',
    );
  }
  const sum = `${subjects} subjects, ${versions} versions, ${problems.length} problems`;
  const asked = waiting === null ? 'dead letters were not counted' : `${total(waiting)} letters on older versions`;
  return `${[...lines, `${sum}; ${asked}${waiting === null ? '' : `, ${total(unreadable)} of them unreadable`}`].join('\n')}\n`;
}

const total = (waiting: readonly WaitingLetters[]) =>
  waiting.reduce((sum, { letters }) => sum + letters, 0).toLocaleString('en-US');
