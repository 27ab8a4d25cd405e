import { createReadStream, type Stats, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { AppError } from '../../core/errors/app-error.ts';

/** One line of the input that is not blank. */
export interface InputLine {
  /** 1 for the first line; blank lines count. */
  readonly number: number;
  readonly text: string;
}

/** Where events are read from. */
export interface Input {
  /** How messages name it. */
  readonly name: string;
  /** True when a second call of `lines` reads the same again. */
  readonly repeatable: boolean;
  /** Ends early, without an error, when the signal is aborted. */
  lines(signal: AbortSignal): AsyncIterable<InputLine>;
}

/**
 * A file of lines.
 * @throws AppError EVENTBUS_CLI_FILE_UNREADABLE when it is absent, a folder, or not readable
 */
export function fileInput(path: string): Input {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (stats.isDirectory())
    throw new AppError('EVENTBUS_CLI_FILE_UNREADABLE', `"${path}" is a folder`, { details: { path } });
  return {
    name: `file "${path}"`,
    // A pipe, such as a shell's <(…), is read once.
    repeatable: stats.isFile(),
    async *lines(signal) {
      try {
        yield* linesOf(createReadStream(path), signal);
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
  };
}

export function streamInput(stream: Readable): Input {
  return { name: 'standard input', repeatable: false, lines: (signal) => linesOf(stream, signal) };
}

async function* linesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<InputLine> {
  addAbortSignal(signal, stream.setEncoding('utf8'));
  let number = 0;
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines: string[] = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        number += 1;
        yield* lineOf(number, line);
      }
    }
    yield* lineOf(number + 1, rest);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function* lineOf(number: number, line: string): Generator<InputLine> {
  const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
  if (text.trim() !== '') yield { number, text };
}

function unreadable(path: string, cause: unknown): unknown {
  const { code, syscall, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return cause;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read by this user',
  };
  const reason = reasons[code] ?? message;
  return new AppError('EVENTBUS_CLI_FILE_UNREADABLE', `"${path}" ${reason}`, { cause, details: { path } });
}
