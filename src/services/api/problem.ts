import { AppError } from '../../core/errors/app-error.ts';
import { type ErrorCode, errorRegistry } from '../../core/errors/registry.ts';
import type { ApiAnswer } from './api-call.ts';

/** Where another time than five seconds is worth waiting for. */
const retryAfterSeconds: Partial<Record<ErrorCode, string>> = { EVENTBUS_API_NOT_YET: '1' };

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
      ...challengeOf(error),
      ...(failure === 'poison' ? {} : { 'retry-after': retryAfterSeconds[error.code] ?? '5' }),
    },
    body: {
      type: `urn:event-bus:error:${error.code}`,
      title: summary,
      status,
      detail: error.message,
      code: error.code,
      remedy,
      ...extensionsOf(error),
    },
  };
}

/** Facts beside the sentence; the fields at fault stand at the top, as RFC 9457 shows it. */
function extensionsOf({ details }: AppError): Readonly<Record<string, unknown>> {
  const { errors, ...rest } = details;
  return {
    ...(Array.isArray(errors) ? { errors } : {}),
    ...(Object.keys(rest).length === 0 ? {} : { details: rest }),
  };
}

/** What the caller has to show instead, RFC 6750; only where tokens are asked for. */
function challengeOf({ code }: AppError): Readonly<Record<string, string>> {
  const fault = challenges[code];
  if (fault === undefined) return {};
  return { 'www-authenticate': `Bearer realm="event-bus"${fault === '' ? '' : `, error="${fault}"`}` };
}

const challenges: Partial<Record<ErrorCode, string>> = {
  EVENTBUS_AUTH_TOKEN_MISSING: '',
  EVENTBUS_AUTH_TOKEN_INVALID: 'invalid_token',
  EVENTBUS_AUTH_TOKEN_EXPIRED: 'invalid_token',
  EVENTBUS_AUTH_ROLE_MISSING: 'insufficient_scope',
  EVENTBUS_API_FORBIDDEN: 'insufficient_scope',
};
