import { expect, test } from '@jest/globals';
import { iotRule } from '../../../../lib/checks/rules/iot-rule.ts';
import { findings } from '../stack-under-check.ts';

const rule = (changes: Readonly<Record<string, unknown>>) => ({
  Rule: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      TopicRulePayload: {
        Actions: [{ Kafka: { Topic: 'alerts' } }],
        ErrorAction: { Sqs: { QueueUrl: { Ref: 'Queue' } } },
        AwsIotSqlVersion: '2016-03-23',
        ...changes,
      },
    },
  },
});

test('a rule with an error action and today’s SQL passes', () => {
  expect(findings(iotRule, rule({}))).toEqual([]);
});

test('a Kafka action without an error action is refused', () => {
  expect(findings(iotRule, rule({ ErrorAction: undefined }))).toEqual([expect.stringMatching(/ErrorAction .* lost/)]);
});

test('trap 12: a rule under the SQL of 2015, said or implied, is refused', () => {
  expect(findings(iotRule, rule({ AwsIotSqlVersion: '2015-10-08' }))).toEqual([expect.stringMatching(/"2015-10-08"/)]);
  expect(findings(iotRule, rule({ AwsIotSqlVersion: undefined }))).toEqual([expect.stringMatching(/which means 2015/)]);
});
