import { expect, test } from '@jest/globals';
import { consumerGroups } from '../../../../lib/checks/rules/consumer-groups.ts';
import { findings } from '../stack-under-check.ts';

const mapping = (group?: string) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    Topics: ['alerts'],
    ...(group === undefined ? {} : { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: group } }),
  },
});

test('mappings with groups of their own pass', () => {
  expect(findings(consumerGroups, { A: mapping('writer.alerts'), B: mapping('writer.orders') })).toEqual([]);
});

test('trap 9: two mappings in one consumer group are refused, naming the other', () => {
  expect(findings(consumerGroups, { A: mapping('writer'), B: mapping('writer') })).toEqual([
    expect.stringMatching(/^B .*the group writer is also that of A$/),
  ]);
});

test('a mapping without a group is refused', () => {
  expect(findings(consumerGroups, { A: mapping() })).toEqual([expect.stringMatching(/names no consumer group/)]);
});
