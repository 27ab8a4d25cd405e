import type { Logger } from 'pino';
import type { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';

/** What the gateways need of a logger. */
export type IngestLog = Pick<Logger, 'info' | 'warn' | 'error'>;

const linesPerCodeAndSecond = 10;

/** Counts refusals by code and logs them, at most ten lines a code and second, so that a bad client cannot fill the disk. */
export class Refusals {
  readonly #log: IngestLog;
  readonly #counts = new Map<ErrorCode, number>();
  readonly #lines = new Map<ErrorCode, number>();
  #second = 0;

  constructor(log: IngestLog) {
    this.#log = log;
  }

  refuse(error: AppError, facts: Readonly<Record<string, unknown>>): void {
    this.count(error.code, { ...error.details, ...facts }, error.message);
  }

  count(code: ErrorCode, facts: Readonly<Record<string, unknown>>, message: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#second) this.#startSecond(second);
    const lines = (this.#lines.get(code) ?? 0) + 1;
    this.#lines.set(code, lines);
    if (lines <= linesPerCodeAndSecond) this.#log.warn({ code, ...facts }, message);
  }

  counts(): Readonly<Partial<Record<ErrorCode, number>>> {
    return Object.fromEntries(this.#counts);
  }

  #startSecond(second: number): void {
    this.#second = second;
    for (const [code, lines] of this.#lines) {
      const silent = lines - linesPerCodeAndSecond;
      if (silent > 0)
        this.#log.warn({ code, silent }, `${silent} more refusals with ${code} were counted but not logged`);
    }
    this.#lines.clear();
  }
}
