import { type ErrorCode, errorRegistry } from './registry.ts';

export interface AppErrorOptions {
  /** Facts for the log line; never the payload of a personal topic. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class. `what` names the thing, the value got and what is allowed; the registry's summary goes in
 * front and its remedy behind, so that every message says what went wrong, where, and the way out.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, what: string, options: AppErrorOptions = {}) {
    const entry = errorRegistry[code];
    super(`${entry.summary}: ${what}. ${entry.remedy}`, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The same error with facts that its thrower did not know. */
  withDetails(details: Readonly<Record<string, unknown>>): AppError {
    const copy = new AppError(this.code, '', { details: { ...this.details, ...details }, cause: this.cause });
    copy.message = this.message;
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  get failure() {
    return errorRegistry[this.code].failure;
  }
}
