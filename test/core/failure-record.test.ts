import { expect, test } from '@jest/globals';
import {
  type FailedBatch,
  type FailureContext,
  failureMessage,
  failureMetadata,
  failureObject,
  failureObjectKey,
} from '../../src/core/failure-record.ts';

const batch: FailedBatch = {
  partition: 'orders-3',
  records: 2,
  first: { offset: 10, timestampMs: Date.UTC(2026, 4, 4, 10, 0, 0, 5) },
  last: { offset: 11, timestampMs: Date.UTC(2026, 4, 4, 10, 0, 1) },
  payloadBytes: 321,
};
const context: FailureContext = {
  functionName: 'order-projector',
  eventSourceArn: 'arn:aws:kafka:cluster',
  bootstrapServers: 'b-1:9098',
  requestId: 'e4b46cbf-b738-4c3a-8880-a18cdf61200e',
  reason: 'RetryAttemptsExhausted',
  invocations: 4,
  functionError: true,
  nowMs: Date.UTC(2026, 4, 4, 10, 5, 6, 700),
};
const metadata = {
  requestContext: {
    requestId: 'e4b46cbf-b738-4c3a-8880-a18cdf61200e',
    functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:order-projector',
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 4,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-05-04T10:05:06.700Z',
  KafkaBatchInfo: {
    batchSize: 2,
    eventSourceArn: 'arn:aws:kafka:cluster',
    bootstrapServers: 'b-1:9098',
    payloadSize: 321,
    recordsInfo: {
      'orders-3': {
        firstRecordOffset: '10',
        lastRecordOffset: '11',
        firstRecordTimestamp: '2026-05-04T10:00:00.005Z',
        lastRecordTimestamp: '2026-05-04T10:00:01.000Z',
      },
    },
  },
};

const response = (changes: Partial<FailureContext>) =>
  (failureMetadata(batch, { ...context, ...changes }) as { responseContext: unknown }).responseContext;

test('a queue gets the metadata of the batch', () => {
  expect(failureMetadata(batch, context)).toEqual(metadata);
});

test('an object has the event beside the metadata, as text', () => {
  expect(failureObject(batch, context, '{"records":{}}')).toEqual({ ...metadata, payload: '{"records":{}}' });
});

test('a topic gets a message a record, with the event as it is', () => {
  const { recordsInfo: _all, ...info } = metadata.KafkaBatchInfo;
  const { functionArn } = metadata.requestContext;
  expect(failureMessage({ ...batch, records: 1 }, context, { records: {} })).toEqual({
    ...metadata,
    requestContext: { ...metadata.requestContext, functionArn: `${functionArn}:$LATEST` },
    KafkaBatchInfo: { ...info, batchSize: 1, recordInfo: { offset: '10', timestamp: '2026-05-04T10:00:00.005Z' } },
    payload: { records: {} },
  });
});

test('records that failed by an answer have no function error, those that were never delivered no response', () => {
  expect(response({ functionError: false })).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
  expect(response({ invocations: 0, reason: 'RecordAgeExceeded' })).toBeNull();
});

test('an object’s key names the mapping, the partition, the day and the second', () => {
  expect(failureObjectKey('orders-3', { mapping: 'm-1', random: 'r-2' }, context.nowMs)).toBe(
    'aws/lambda/m-1/orders-3/2026/05/04/2026-05-04T10.05.06-r-2',
  );
});
