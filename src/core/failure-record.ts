import type { GiveUpReason } from './event-source-policy.ts';

/** Records of one partition that a mapping gave up. */
export interface FailedBatch {
  /** `<topic>-<partition>`. */
  readonly partition: string;
  readonly records: number;
  readonly first: { readonly offset: number; readonly timestampMs: number };
  readonly last: { readonly offset: number; readonly timestampMs: number };
  /** Bytes of the event's JSON. */
  readonly payloadBytes: number;
}

/** What is known of the invocations that the records failed in. */
export interface FailureContext {
  readonly functionName: string;
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
  /** Of the last invocation. */
  readonly requestId: string;
  readonly reason: GiveUpReason;
  readonly invocations: number;
  /** Whether the last invocation failed, against answered with failed records. */
  readonly functionError: boolean;
  /** ms since 1970-01-01 UTC. */
  readonly nowMs: number;
}

/** Account and region of the functions on this machine. */
const functionArnPrefix = 'arn:aws:lambda:eu-west-1:000000000000:function:';

/** The document that Lambda sends to a queue: metadata only. */
export function failureMetadata(batch: FailedBatch, context: FailureContext): object {
  return {
    ...envelope(context, ''),
    KafkaBatchInfo: {
      ...batchInfo(batch, context),
      recordsInfo: {
        [batch.partition]: {
          firstRecordOffset: String(batch.first.offset),
          lastRecordOffset: String(batch.last.offset),
          firstRecordTimestamp: isoTime(batch.first.timestampMs),
          lastRecordTimestamp: isoTime(batch.last.timestampMs),
        },
      },
    },
  };
}

/** The document that Lambda writes to a bucket: the metadata, and the event as JSON text. */
export function failureObject(batch: FailedBatch, context: FailureContext, event: string): object {
  return { ...failureMetadata(batch, context), payload: event };
}

/** The value that Lambda writes to a topic for each record; `batch` holds this record only, and so does `event`. */
export function failureMessage(batch: FailedBatch, context: FailureContext, event: object): object {
  const recordInfo = { offset: String(batch.first.offset), timestamp: isoTime(batch.first.timestampMs) };
  return {
    ...envelope(context, ':$LATEST'),
    KafkaBatchInfo: { ...batchInfo(batch, context), recordInfo },
    payload: event,
  };
}

/**
 * Key of the object that Lambda writes: as documented for streams, with the partition in the place of the shard.
 *
 * @param ids of the mapping, and a random one
 */
export function failureObjectKey(
  partition: string,
  ids: { readonly mapping: string; readonly random: string },
  nowMs: number,
): string {
  const time = isoTime(nowMs);
  const day = time.slice(0, 10).replaceAll('-', '/');
  const second = time.slice(0, 19).replaceAll(':', '.');
  return `aws/lambda/${ids.mapping}/${partition}/${day}/${second}-${ids.random}`;
}

function envelope(context: FailureContext, qualifier: string) {
  const { requestId, functionName, reason, invocations, functionError, nowMs } = context;
  const response = { statusCode: 200, executedVersion: '$LATEST' };
  return {
    requestContext: {
      requestId,
      functionArn: `${functionArnPrefix}${functionName}${qualifier}`,
      condition: reason,
      approximateInvokeCount: invocations,
    },
    responseContext:
      invocations === 0 ? null : { ...response, ...(functionError ? { functionError: 'Unhandled' } : {}) },
    version: '1.0',
    timestamp: isoTime(nowMs),
  };
}

function batchInfo({ records, payloadBytes }: FailedBatch, { eventSourceArn, bootstrapServers }: FailureContext) {
  return { batchSize: records, eventSourceArn, bootstrapServers, payloadSize: payloadBytes };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
