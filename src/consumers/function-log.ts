import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import type { Log } from './batch/invocation-report.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** A log whose lines are JSON, one an entry, as CloudWatch and the embedded platform read them. */
export interface FunctionLog extends Log {
  /** Lowest level that is written: `debug`, `info`, `warn` or `error`. */
  readonly level: string;
}

export interface FunctionLogOptions {
  /** Name of the function, in every line. */
  readonly name: string;
  /** Text of `EVENT_BUS_LOG_LEVEL`; @default info */
  readonly level?: string | undefined;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
}

/**
 * Makes the log of a function.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when there is no such level
 */
export function makeFunctionLog({ name, level: wanted = 'info', write }: FunctionLogOptions): FunctionLog {
  const lowest = levels.findIndex((level) => level === wanted);
  const level = levels[lowest];
  if (level === undefined) {
    const what = `${environment.logLevel} is "${wanted}"; allowed are ${levels.join(', ')}`;
    throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', what);
  }
  const at = (index: number) => (fields: object, message: string) => {
    if (index < lowest) return;
    const head = { level: levels[index], time: new Date().toISOString(), function: name };
    write(`${JSON.stringify({ ...head, ...fields, msg: message }, plain)}\n`);
  };
  return { level, debug: at(0), info: at(1), warn: at(2), error: at(3) };
}

/** What JSON has no form for. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
}

/** The log of the function that the environment names, on standard output, where Lambda and the embedded platform collect it. */
export function functionLogFromEnvironment(env: Readonly<Record<string, string | undefined>>): FunctionLog {
  const name = env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'event-bus';
  return makeFunctionLog({ name, level: env[environment.logLevel], write: toStandardOutput });
}

/** Not by file descriptor: the embedded platform reads the stream of each function's thread. */
function toStandardOutput(line: string): void {
  process.stdout.write(line);
}
