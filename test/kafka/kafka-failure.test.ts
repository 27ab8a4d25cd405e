import { expect, test } from '@jest/globals';
import {
  MultipleErrors,
  NetworkError,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UserError,
} from '@platformatic/kafka';
import { codeOf, kafkaFailure } from '../../src/kafka/kafka-failure.ts';

test.each([
  ['a connection that cannot be made', new NetworkError('refused')],
  ['an answer that does not come in time', new TimeoutError('late')],
  ['an answer that belongs to nothing', new UnexpectedCorrelationIdError('odd')],
  ['one of them inside another error', new MultipleErrors('outer', [new TimeoutError('late')])],
])('%s is the cluster’s failure: the records wait', (_name, error) => {
  expect(kafkaFailure(error, 'sending')).toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE', failure: 'dependency' });
});

test('a misuse of the client is no outage', () => {
  expect(kafkaFailure(new UserError('wrong'), 'sending').code).toBe('EVENTBUS_KAFKA_REQUEST_FAILED');
});

test.each(['NOT_ENOUGH_REPLICAS', 'REQUEST_TIMED_OUT', 'THROTTLING_QUOTA_EXCEEDED', 'KAFKA_STORAGE_ERROR'])(
  '%s is the cluster’s failure',
  (name) => {
    expect(codeOf(name)).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
  },
);

test.each([
  ['MESSAGE_TOO_LARGE', 'EVENTBUS_KAFKA_RECORD_TOO_LARGE'],
  ['INVALID_RECORD', 'EVENTBUS_KAFKA_RECORD_REFUSED'],
])('%s is the record’s own fault', (name, code) => {
  expect(codeOf(name)).toBe(code);
});
