import { expect, test } from '@jest/globals';
import { clusterShape } from '../../../../lib/checks/rules/cluster-shape.ts';
import { findings } from '../stack-under-check.ts';

const cluster = (changes: Readonly<Record<string, unknown>>, nodes: Readonly<Record<string, unknown>> = {}) => ({
  Cluster: {
    Type: 'AWS::MSK::Cluster',
    Properties: {
      KafkaVersion: '3.9.x.kraft',
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: { InstanceType: 'express.m7g.large', ClientSubnets: ['a', 'b', 'c'], ...nodes },
      ...changes,
    },
  },
});

test('three Express brokers in three zones with KRaft pass, as do Standard ones with storage', () => {
  expect(findings(clusterShape, cluster({}))).toEqual([]);
  expect(findings(clusterShape, cluster({}, { InstanceType: 'kafka.m7g.large', StorageInfo: {} }))).toEqual([]);
});

test.each([
  [{ KafkaVersion: '3.9.x' }, {}, /KafkaVersion 3\.9\.x is not offered for express brokers; allowed: 3\.9\.x\.kraft/],
  [{ KafkaVersion: '99' }, {}, /99 is not offered/],
  [{ NumberOfBrokerNodes: 4 }, {}, /4 brokers, the number must be a multiple/],
  [{}, { ClientSubnets: ['a', 'b'] }, /2 subnets, the brokers need 3 zones/],
  [{}, { StorageInfo: {} }, /Express manages its own storage/],
  [{}, { InstanceType: 'kafka.t3.small' }, /cannot run with KRaft/],
])('trap 2: a cluster with %j %j is refused', (changes, nodes, message) => {
  expect(findings(clusterShape, cluster(changes, nodes))).toEqual([expect.stringMatching(message)]);
});
