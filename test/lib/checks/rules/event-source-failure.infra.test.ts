import { expect, test } from '@jest/globals';
import { eventSourceFailure } from '../../../../lib/checks/rules/event-source-failure.ts';
import { findings } from '../stack-under-check.ts';

const mapping = (changes: Readonly<Record<string, unknown>>) => ({
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      Topics: ['alerts'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Bucket', 'Arn'] } } },
      MaximumRetryAttempts: 10_000,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...changes,
    },
  },
});

test('a mapping with a destination, bounded retries and item failures passes', () => {
  expect(findings(eventSourceFailure, mapping({}))).toEqual([]);
});

test('a mapping of a queue is none of its business', () => {
  expect(
    findings(eventSourceFailure, { Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} } }),
  ).toEqual([]);
});

test.each([
  [{ DestinationConfig: undefined }, /DestinationConfig.*would be lost/],
  [{ MaximumRetryAttempts: undefined }, /MaximumRetryAttempts retries are not set, which means without end/],
  [{ MaximumRetryAttempts: -1 }, /retries are -1, which means without end/],
  [{ FunctionResponseTypes: undefined }, /FunctionResponseTypes without ReportBatchItemFailures/],
])('a mapping with %j is refused', (changes, message) => {
  expect(findings(eventSourceFailure, mapping(changes))).toEqual([expect.stringMatching(message)]);
});
