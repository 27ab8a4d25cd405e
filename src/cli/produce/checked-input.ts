import { AppError } from '../../core/errors/app-error.ts';
import { errorRegistry } from '../../core/errors/registry.ts';
import { whatOf } from '../error-what.ts';
import type { ReadEvent } from './event-reader.ts';
import type { Input, InputLine } from './input-lines.ts';

/** A line that is no event of the topic. */
export interface BadLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** What reading the whole input told. */
export interface CheckedInput {
  readonly good: number;
  readonly bad: number;
  /** The first bad lines. */
  readonly badLines: readonly BadLine[];
  /** Unknown fields and the number of lines that have them. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Every event; undefined when they are too many to be held. */
  readonly events: readonly ReadEvent[] | undefined;
}

/** Bad lines that are named; the rest is counted. */
const maxBadLines = 20;

interface CheckOptions {
  readonly read: (line: string) => ReadEvent;
  /** Largest sum of encoded values that is held. */
  readonly maxHeldBytes: number;
  /** Told the number of lines read. */
  readonly onProgress: (lines: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads every line before anything is sent.
 * @throws AppError EVENTBUS_CLI_INPUT_INVALID when the input has no line at all, or cannot be held nor read again
 */
export async function checkInput(input: Input, options: CheckOptions): Promise<CheckedInput> {
  const tally = { good: 0, bad: 0, badLines: [] as BadLine[], unknown: new Map<string, number>() };
  let events: ReadEvent[] | undefined = [];
  let heldBytes = 0;
  for await (const line of input.lines(options.signal)) {
    const event = readLine(line, options.read);
    if ('message' in event) {
      tally.bad += 1;
      if (tally.badLines.length < maxBadLines) tally.badLines.push(event);
    } else {
      tally.good += 1;
      for (const field of event.unknownFields) tally.unknown.set(field, (tally.unknown.get(field) ?? 0) + 1);
      heldBytes += event.record.value?.length ?? 0;
      if (heldBytes > options.maxHeldBytes) events = letGo(input, options.maxHeldBytes);
      events?.push(event);
    }
    options.onProgress(tally.good + tally.bad);
  }
  if (tally.good + tally.bad === 0) throw new AppError('EVENTBUS_CLI_INPUT_INVALID', `${input.name} has no event`);
  return { ...tally, events };
}

function letGo({ repeatable, name }: Input, maxHeldBytes: number): undefined {
  if (repeatable) return undefined;
  const what = `${name} has more than ${maxHeldBytes / 1_048_576} MiB of events, which cannot be checked as a whole; --file can, and --stream sends each line as it comes`;
  throw new AppError('EVENTBUS_CLI_INPUT_INVALID', what);
}

/** The event of a line, or what is wrong with it. */
export function readLine({ number, text }: InputLine, read: (line: string) => ReadEvent): ReadEvent | BadLine {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof AppError) || error.failure !== 'poison') throw error;
    return { line: number, code: error.code, message: messageOf(error) };
  }
}

/** Each line gets what is wrong with it; what every error of a plain misfit says again and again is left out. */
function messageOf(error: AppError): string {
  const plain = error.code === 'EVENTBUS_CLI_INPUT_INVALID' || error.code === 'EVENTBUS_CODEC_VALUE_INVALID';
  return plain ? whatOf(error) : `${errorRegistry[error.code].summary}: ${whatOf(error)}`;
}

/** The error for bad lines; `sent` is how many events went out before. */
export function badInput(
  { name }: Input,
  { bad, badLines }: Pick<CheckedInput, 'bad' | 'badLines'>,
  sent: number,
): AppError {
  const shown = badLines.map(({ line, message }) => `\n  line ${line}: ${message}`);
  const rest = bad > badLines.length ? [`\n  and ${(bad - badLines.length).toLocaleString('en-US')} more`] : [];
  const fate = sent === 0 ? 'Nothing was sent' : `Events sent before: ${sent.toLocaleString('en-US')}`;
  const lines = bad === 1 ? '1 line' : `${bad.toLocaleString('en-US')} lines`;
  const what = `${lines} of ${name}${[...shown, ...rest].join('')}\n${fate}${prettyPrinted(badLines)}`;
  return new AppError('EVENTBUS_CLI_INPUT_INVALID', what, { details: { bad, badLines, sent } });
}

/** A document over several lines is a common mistake, and each of its lines is bad for another reason. */
function prettyPrinted(badLines: readonly BadLine[]): string {
  const [first, second] = badLines;
  const looksLikeOne =
    first?.line === 1 &&
    second?.line === 2 &&
    [first, second].every(({ code }) => code === 'EVENTBUS_CODEC_JSON_INVALID');
  return looksLikeOne ? '; if this is an event over several lines, "jq -c ." puts it on one' : '';
}
