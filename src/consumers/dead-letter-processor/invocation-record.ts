import { catalogue } from '../../catalogue/catalogue.ts';
import { headers as headerNames } from '../../catalogue/headers.ts';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { assertMskEvent, type MskRecord } from '../batch/msk-event.ts';
import { HeaderReader, headersAsBase64 } from '../batch/record-headers.ts';

/** Says which schema version a record's value was written with. */
export type SchemaVersionOf = (record: MskRecord) => string | null;

/** The document that Lambda writes to a bucket about an invocation it gave up, as far as letters need it. */
interface InvocationRecord {
  readonly requestContext: {
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: { readonly executedVersion?: string; readonly functionError?: string } | null;
  readonly timestamp: string;
  /** The whole event; JSON text in a bucket, an object in a topic. */
  readonly payload: unknown;
}

/**
 * Letters of an invocation that ended without an answer until its mapping gave up: one a record of its batch, since
 * nothing tells which of them was at fault. Returns what is wrong with a document that is no such record.
 */
export function lettersOf(text: string, schemaVersionOf: SchemaVersionOf): readonly DeadLetter[] | string {
  let record: InvocationRecord;
  let event: unknown;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isInvocationRecord(parsed)) return 'it is no record of a failed invocation';
    record = parsed;
    if (record.payload === undefined) return 'it has no payload: only a bucket and a topic receive the records';
    event = typeof record.payload === 'string' ? JSON.parse(record.payload) : record.payload;
    assertMskEvent(event);
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is no JSON, or its payload is none';
    if (error instanceof AppError) return `its payload is no MSK event: ${error.message}`;
    throw error;
  }
  const shared = sharedFields(record);
  return Object.values(event.records).flatMap((list) =>
    list.map((one) => ({ ...recordFields(one), ...shared, schemaVersion: schemaVersionOf(one) })),
  );
}

function isInvocationRecord(value: unknown): value is InvocationRecord {
  const { requestContext, timestamp } = (value ?? {}) as Partial<InvocationRecord>;
  return (
    typeof requestContext?.functionArn === 'string' &&
    typeof timestamp === 'string' &&
    !Number.isNaN(Date.parse(timestamp))
  );
}

function sharedFields(record: InvocationRecord) {
  const { functionArn, condition, approximateInvokeCount: count } = record.requestContext;
  const functionError = record.responseContext?.functionError;
  const attempts = Number.isSafeInteger(count) && count > 0 ? count : 1;
  const what = `${condition}${functionError === undefined ? '' : `, function error "${functionError}"`}`;
  const { code, message } = new AppError(
    'EVENTBUS_CONSUMER_INVOCATION_FAILED',
    `${what} after ${attempts} invocations`,
  );
  const at = new Date(record.timestamp).toISOString();
  return {
    consumer: consumerOf(functionArn),
    code,
    message,
    stack: null,
    attempts,
    firstFailedAt: at,
    lastFailedAt: at,
    handlerVersion: record.responseContext?.executedVersion ?? '',
    source: 'invocation-record',
  } as const;
}

function recordFields(record: MskRecord) {
  const reader = new HeaderReader();
  reader.load(record.headers);
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: Number.isSafeInteger(record.timestamp) ? record.timestamp : 0,
    key: record.key ?? null,
    value: record.value ?? null,
    headers: headersAsBase64(record.headers),
    eventId: reader.get(headerNames.id) ?? null,
  };
}

/** Name of the consumer behind a function: stacks may put more around it. */
function consumerOf(functionArn: string): string {
  const name = functionArn.split(':')[6] ?? functionArn;
  const candidates = catalogue.consumers.map((consumer) => consumer.name).filter((known) => name.includes(known));
  const longest = candidates.toSorted((left, right) => right.length - left.length)[0];
  return longest ?? name.replaceAll(/[^\w.-]/g, '-').slice(0, 249);
}
