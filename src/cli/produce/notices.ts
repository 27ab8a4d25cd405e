import type { Subject } from '../../catalogue/events.generated.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import { didYouMean } from '../../core/close-matches.ts';
import { schemaFields } from '../topics/schema-fields.ts';
import type { CheckedInput } from './checked-input.ts';

const count = (value: number) => value.toLocaleString('en-US');

/** Says something to the person, apart from the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function noteBad({ bad, badLines }: Pick<CheckedInput, 'bad' | 'badLines'>): void {
  for (const { line, message } of badLines) note(`left out line ${line}: ${message}`);
  if (bad > badLines.length) note(`left out ${count(bad - badLines.length)} more lines`);
}

/** Warns of fields that the schema does not know, with the number of lines that have them. */
export function noteUnknown(subject: Subject, unknown: ReadonlyMap<string, number>): void {
  const newest = schemas[subject].at(-1);
  if (unknown.size === 0 || newest === undefined) return;
  const known = schemaFields(newest).map(({ path }) => path);
  for (const [path, lines] of unknown) {
    const times = lines === 1 ? '' : ` (${count(lines)} lines)`;
    note(
      `warning: ${subject} has no field "${path}"${didYouMean(path, siblings(path, known))}; it is left out${times}`,
    );
  }
}

function siblings(path: string, known: readonly string[]): readonly string[] {
  const parent = parentOf(path);
  return known.filter((other) => parentOf(other) === parent);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1);
}
