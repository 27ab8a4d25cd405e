import { expect, test } from '@jest/globals';
import { topicDurability } from '../../../../lib/checks/rules/topic-durability.ts';
import { findings } from '../stack-under-check.ts';

const topic = (factor: number, DeletionPolicy: string) => ({
  Topic: { Type: 'AWS::MSK::Topic', DeletionPolicy, Properties: { ReplicationFactor: factor } },
});

test('three copies that stay when the resource goes pass', () => {
  expect(findings(topicDurability, topic(3, 'Retain'))).toEqual([]);
});

test('trap 2: fewer than three copies are refused in production and on Express brokers', () => {
  const message = /ReplicationFactor replication factor 2, (prod|staging) needs 3$/;
  expect(findings(topicDurability, topic(2, 'Retain'), 'prod')).toEqual([expect.stringMatching(message)]);
  expect(findings(topicDurability, topic(2, 'Retain'), 'staging')).toEqual([expect.stringMatching(message)]);
});

test('an environment that keeps no data may have fewer copies on Standard brokers', () => {
  expect(findings(topicDurability, topic(2, 'Retain'), 'dev')).toEqual([]);
});

test('trap 22: a topic that is deleted with its resource is refused', () => {
  expect(findings(topicDurability, topic(3, 'Delete'))).toEqual([expect.stringMatching(/DeletionPolicy .* is Delete/)]);
});
