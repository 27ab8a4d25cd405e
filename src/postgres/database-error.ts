import { DatabaseError } from 'pg';
import { AppError } from '../core/errors/app-error.ts';
import type { ErrorCode } from '../core/errors/registry.ts';

/** Node's and pg's own signs of a connection that is gone or was never made. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const connectionMessages =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable|pool after calling end|client was closed/i;

const exactStates: Readonly<Record<string, ErrorCode>> = {
  '25006': 'EVENTBUS_POSTGRES_UNAVAILABLE', // read-only: a failover is under way
  '25P03': 'EVENTBUS_POSTGRES_TIMEOUT', // idle in transaction for too long
  '25P04': 'EVENTBUS_POSTGRES_TIMEOUT', // the whole transaction took too long
  '3D000': 'EVENTBUS_POSTGRES_ACCESS_DENIED',
  '42501': 'EVENTBUS_POSTGRES_ACCESS_DENIED',
  '55P03': 'EVENTBUS_POSTGRES_TIMEOUT', // a lock was not to be had
  '57014': 'EVENTBUS_POSTGRES_TIMEOUT', // statement_timeout, or ended by an operator
  XX001: 'EVENTBUS_POSTGRES_DAMAGED', // a table
  XX002: 'EVENTBUS_POSTGRES_DAMAGED', // an index
};

const stateClasses: Readonly<Record<string, ErrorCode>> = {
  '08': 'EVENTBUS_POSTGRES_UNAVAILABLE',
  '22': 'EVENTBUS_POSTGRES_DATA_REJECTED',
  '23': 'EVENTBUS_POSTGRES_DATA_REJECTED',
  '28': 'EVENTBUS_POSTGRES_ACCESS_DENIED',
  '40': 'EVENTBUS_POSTGRES_CONFLICT',
  '42': 'EVENTBUS_POSTGRES_SCHEMA_MISMATCH',
  '53': 'EVENTBUS_POSTGRES_UNAVAILABLE',
  '54': 'EVENTBUS_POSTGRES_DATA_REJECTED',
  '57': 'EVENTBUS_POSTGRES_UNAVAILABLE',
  '58': 'EVENTBUS_POSTGRES_UNAVAILABLE',
};

function codeFor(state: string | undefined, message: string): ErrorCode {
  if (state !== undefined && connectionCodes.has(state)) return 'EVENTBUS_POSTGRES_UNAVAILABLE';
  if (connectionMessages.test(message)) return 'EVENTBUS_POSTGRES_UNAVAILABLE';
  if (state === undefined) return 'EVENTBUS_POSTGRES_STATEMENT_FAILED';
  return exactStates[state] ?? stateClasses[state.slice(0, 2)] ?? 'EVENTBUS_POSTGRES_STATEMENT_FAILED';
}

function property(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value = (error as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether an error comes from the database or the way to it, and not from the code that used it. */
export function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof DatabaseError || error instanceof AggregateError) return true;
  if (!(error instanceof Error)) return false;
  return connectionCodes.has(property(error, 'code') ?? '') || connectionMessages.test(error.message);
}

/**
 * Names what a failed statement or connection means for the records at hand: connection, shutdown and resource errors
 * are the dependency's, and so are lost transactions and timeouts, which no record is at fault for; SQLSTATE classes 22 and 23 are the values' own fault. An
 * `AppError` passes unchanged. The driver's `detail` may quote values, so only names go into the details.
 */
export function databaseError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const inner = error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error;
  const state = property(inner, 'code');
  const message = inner instanceof Error ? inner.message : String(inner);
  return new AppError(codeFor(state, message), `${message}${state === undefined ? '' : ` (${state})`}`, {
    cause: error,
    details: {
      state,
      table: property(inner, 'table'),
      column: property(inner, 'column'),
      constraint: property(inner, 'constraint'),
    },
  });
}

/** Names why no connection could be made. Whatever it is, certificates and settings included, no record is at fault. */
export function connectionError(error: unknown): AppError {
  const coded = databaseError(error);
  if (coded.failure === 'dependency') return coded;
  const what = coded.cause instanceof Error ? coded.cause.message : coded.message;
  return new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', what, { cause: error, details: coded.details });
}
