import { AppError } from '../../core/errors/app-error.ts';
import { errorRegistry } from '../../core/errors/registry.ts';
import type { ApiAnswer } from './api-call.ts';

/** The answer that tells a failure: problem details (RFC 9457), with the error's code. */
export function problemOf(error: unknown): ApiAnswer {
  if (!(error instanceof AppError)) {
    // What the program does not know may quote anything; its log has it.
    return problemOf(new AppError('EVENTBUS_API_UNEXPECTED', error instanceof Error ? error.name : typeof error));
  }
  const { summary, status, remedy, failure } = errorRegistry[error.code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(error.code === 'EVENTBUS_API_METHOD_UNKNOWN' ? { allow: String(error.details['allow']) } : {}),
      ...(failure === 'poison' ? {} : { 'retry-after': '5' }),
    },
    body: {
      type: `urn:event-bus:error:${error.code}`,
      title: summary,
      status,
      detail: error.message,
      code: error.code,
      remedy,
      ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
    },
  };
}
