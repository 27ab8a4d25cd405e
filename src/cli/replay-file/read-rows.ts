import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CsvError, type Parser, parse } from 'csv-parse';
import { AppError } from '../../core/errors/app-error.ts';
import type { Row } from './message-maker.ts';
import { type Profile, requiredColumns } from './profile.ts';

/** A row of the file that could not be used, and where it stands. */
export interface BadRow {
  /** Line of the file; the header is line 1. */
  readonly line: number;
  readonly reason: string;
}

export interface NumberedRow {
  readonly row: Row;
  readonly line: number;
}

/** Longest row that is read; an unclosed quote must not swallow the whole file into memory. */
const maxRowBytes = 1024 * 1024;

/**
 * Streams the rows of a recorded file; rows that are no rows of this table are told to `onBadRow` and left out.
 * @throws AppError EVENTBUS_DEVICE_FILE_UNREADABLE, _FILE_EMPTY or _COLUMNS_MISSING
 */
export function readRows(file: string, profile: Profile, onBadRow: (bad: BadRow) => void): AsyncGenerator<NumberedRow> {
  return readTable(file, { name: profile.name, columns: requiredColumns(profile) }, onBadRow);
}

/** What a file must be for a profile. */
export interface ExpectedTable {
  /** Name of the profile. */
  readonly name: string;
  readonly columns: readonly string[];
}

/** Streams the rows of a table as {@link readRows} does; throws alike. */
export async function* readTable(
  file: string,
  expected: ExpectedTable,
  onBadRow: (bad: BadRow) => void,
): AsyncGenerator<NumberedRow> {
  const source = createReadStream(file);
  let header = false;
  const rows: Parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: maxRowBytes,
    columns: (names: readonly string[]) => {
      header = true;
      return checkedColumns(names, { file, expected });
    },
  });
  rows.on('skip', (error: CsvError) => onBadRow({ line: Number(error['lines'] ?? 0), reason: faultOf(error) }));
  source.on('error', (error) => rows.destroy(error));
  source.pipe(rows);
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: Row; info: { lines: number } }>) {
      yield { row: record, line: info.lines };
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    source.destroy();
  }
  if (!header) throw new AppError('EVENTBUS_DEVICE_FILE_EMPTY', `${file} has no header line`);
}

/** Rows of a file, by its line ends: for showing how far a replay is. */
export async function countRows(file: string): Promise<number> {
  await assertReadable(file);
  let lines = 0;
  let last = 0x0a;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  }
  return Math.max(0, last === 0x0a ? lines - 1 : lines);
}

async function assertReadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (!found.isFile()) throw new AppError('EVENTBUS_DEVICE_FILE_UNREADABLE', `${file} is not a file`);
}

function checkedColumns(
  names: readonly string[],
  { file, expected }: { readonly file: string; readonly expected: ExpectedTable },
) {
  const found = names.map((name) => name.trim());
  const missing = expected.columns.filter((name) => !found.includes(name));
  if (missing.length === 0) return found;
  const lacking = missing.map((name) => `"${name}"`).join(', ');
  const shown = found
    .slice(0, 30)
    .map((name) => `"${printable(name)}"`)
    .join(', ');
  throw new AppError(
    'EVENTBUS_DEVICE_COLUMNS_MISSING',
    `${file} lacks ${lacking} for profile ${expected.name}; its first line has ${shown}`,
  );
}

function faultOf(error: CsvError): string {
  if (error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS') return 'another number of cells than the header';
  return error.message.slice(0, 200);
}

function unreadable(file: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
  };
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code] ?? (error instanceof Error ? error.message.slice(0, 200) : String(error));
  return new AppError('EVENTBUS_DEVICE_FILE_UNREADABLE', `${file}: ${reason}`, { cause: error });
}

function printable(text: string): string {
  return text.slice(0, 60).replaceAll(/\p{Cc}/gu, '?');
}
