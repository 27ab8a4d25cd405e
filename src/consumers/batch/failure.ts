import { AppError } from '../../core/errors/app-error.ts';
import type { FailureKind } from '../../core/errors/entry.ts';

/** A failure as the engine acts on it and reports it. */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
  /** Offset of the record at fault, when the processor could name it (`details.offset`). */
  readonly offset: number | null;
}

/** Longest message and stack that are passed on, characters. */
const maxText = 8_000;

/** Sorts an exception by the error registry alone; what is no `AppError` counts as transient. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) {
    const offset = error.details['offset'];
    return {
      kind: error.failure,
      code: error.code,
      message: withCause(error).slice(0, maxText),
      stack: error.stack?.slice(0, maxText) ?? null,
      offset: typeof offset === 'number' ? offset : null,
    };
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  const wrapped = new AppError('EVENTBUS_CONSUMER_UNEXPECTED', cause.message, { cause });
  return {
    kind: wrapped.failure,
    code: wrapped.code,
    message: wrapped.message.slice(0, maxText),
    stack: cause.stack?.slice(0, maxText) ?? null,
    offset: null,
  };
}

function withCause(error: AppError): string {
  return error.cause instanceof Error ? `${error.message} Cause: ${error.cause.message}` : error.message;
}
