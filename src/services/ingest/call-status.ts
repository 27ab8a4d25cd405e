import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { AppError } from '../../core/errors/app-error.ts';

/** Trailer that carries the error code of the product. */
export const codeTrailer = 'event-bus-code';

const byCode: Partial<Record<AppError['code'], status>> = {
  EVENTBUS_INGEST_REQUEST_INVALID: status.INVALID_ARGUMENT,
  EVENTBUS_INGEST_IDENTITY_MISSING: status.UNAUTHENTICATED,
  EVENTBUS_INGEST_OVERLOADED: status.RESOURCE_EXHAUSTED,
  EVENTBUS_INGEST_DEADLINE_PASSED: status.DEADLINE_EXCEEDED,
  EVENTBUS_INGEST_CLOSING: status.UNAVAILABLE,
  EVENTBUS_INGEST_LOG_UNAVAILABLE: status.UNAVAILABLE,
};

/** How a failed call ends: gRPC status, message, and the code as a trailer. */
export function statusOf(error: AppError): Partial<StatusObject> & { code: status; details: string } {
  const metadata = new Metadata();
  metadata.set(codeTrailer, error.code);
  return { code: byCode[error.code] ?? status.INTERNAL, details: error.message, metadata };
}

/**
 * A failure as the client shall see it. What the gateway itself decided stands; a failed send is repeatable, unless the
 * log will never take these records.
 */
export function callError(error: unknown): AppError {
  if (error instanceof AppError && (error.failure === 'poison' || error.code in byCode)) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new AppError('EVENTBUS_INGEST_LOG_UNAVAILABLE', what, { cause: error });
}
