import { types } from 'node:util';
import { findErrorBy, protocolErrorsCodesById } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import type { ErrorCode } from '../core/errors/registry.ts';

/** Kafka's name of a protocol error, such as `NOT_LEADER_OR_FOLLOWER`. */
export function errorName(code: number): string {
  const names: Readonly<Record<number, string>> = protocolErrorsCodesById;
  return names[code] ?? `error ${code}`;
}

const denied: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

const refused: ReadonlySet<string> = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP', 'UNSUPPORTED_FOR_MESSAGE_FORMAT']);

/** Errors that a later attempt may not meet: elections, restarts, replicas that catch up, brokers in trouble. */
const passing: ReadonlySet<string> = new Set([
  'UNKNOWN_SERVER_ERROR',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CORRUPT_MESSAGE',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'THROTTLING_QUOTA_EXCEEDED',
]);

/** True for a protocol error that a later attempt may not meet. */
export function isPassing(name: string): boolean {
  return passing.has(name);
}

/** True when the cluster says that a batch exceeds its limit. */
export function isTooLarge(name: string): boolean {
  return tooLarge.has(name);
}

/** The code of a protocol error. */
export function codeOf(name: string): ErrorCode {
  if (denied.has(name)) return 'EVENTBUS_KAFKA_DENIED';
  if (tooLarge.has(name)) return 'EVENTBUS_KAFKA_RECORD_TOO_LARGE';
  if (refused.has(name)) return 'EVENTBUS_KAFKA_RECORD_REFUSED';
  if (passing.has(name)) return 'EVENTBUS_KAFKA_UNAVAILABLE';
  if (name === 'UNKNOWN_TOPIC_OR_PARTITION' || name === 'INVALID_TOPIC_EXCEPTION')
    return 'EVENTBUS_KAFKA_TOPIC_UNKNOWN';
  if (name === 'UNSUPPORTED_VERSION') return 'EVENTBUS_KAFKA_UNSUPPORTED';
  if (name === 'OFFSET_OUT_OF_RANGE') return 'EVENTBUS_KAFKA_OFFSET_LOST';
  return 'EVENTBUS_KAFKA_REQUEST_FAILED';
}

/** An error of the Kafka client as a coded one; `what` says what was attempted. */
export function kafkaFailure(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const cause = types.isNativeError(error) ? error : new Error(String(error));
  const refusal = protocolError(cause);
  if (refusal === undefined)
    return new AppError(clientErrorCode(cause), `${what}: ${innermost(cause).message}`, { cause });
  const { name, message } = refusal;
  const said = message === undefined ? '' : ` (${message})`;
  return new AppError(codeOf(name), `${what}: ${name}${said}`, { cause, details: { error: name } });
}

/** What the cluster answered: the error's name, and sometimes a sentence. */
function protocolError(error: Error): { readonly name: string; readonly message: string | undefined } | undefined {
  const found: unknown = findErrorBy(error, 'code', 'PLT_KFK_PROTOCOL');
  if (typeof found !== 'object' || found === null || !('apiId' in found)) return undefined;
  const message = 'serverErrorMessage' in found ? found.serverErrorMessage : undefined;
  return { name: String(found.apiId), message: typeof message === 'string' && message !== '' ? message : undefined };
}

/** The client's signs of a cluster that does not answer in time, or of a connection that broke in an answer. */
const interrupted = ['PLT_KFK_TIMEOUT', 'PLT_KFK_UNEXPECTED_CORRELATION_ID', 'PLT_KFK_UNFINISHED_WRITE_BUFFER'];

function clientErrorCode(error: Error): ErrorCode {
  if (findErrorBy(error, 'code', 'PLT_KFK_AUTHENTICATION')) return 'EVENTBUS_KAFKA_DENIED';
  if (findErrorBy(error, 'code', 'PLT_KFK_UNSUPPORTED_API')) return 'EVENTBUS_KAFKA_UNSUPPORTED';
  if (findErrorBy(error, 'code', 'PLT_KFK_NETWORK')) {
    return innermost(error) instanceof AppError ? 'EVENTBUS_KAFKA_DENIED' : 'EVENTBUS_KAFKA_UNAVAILABLE';
  }
  if (interrupted.some((code) => findErrorBy(error, 'code', code))) return 'EVENTBUS_KAFKA_UNAVAILABLE';
  if (/unknown topic/i.test(error.message)) return 'EVENTBUS_KAFKA_TOPIC_UNKNOWN';
  return 'EVENTBUS_KAFKA_REQUEST_FAILED';
}

/** The error at the bottom of the chain, which says what really happened. */
function innermost(error: Error): Error {
  const inner: unknown = error instanceof AggregateError ? error.errors.at(-1) : error.cause;
  return types.isNativeError(inner) ? innermost(inner) : error;
}
