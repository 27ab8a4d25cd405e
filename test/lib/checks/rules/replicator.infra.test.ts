import { expect, test } from '@jest/globals';
import { replicator } from '../../../../lib/checks/rules/replicator.ts';
import { findings } from '../stack-under-check.ts';

const copying = (topics: readonly string[], mode = 'LEGACY') => ({
  Replicator: {
    Type: 'AWS::MSK::Replicator',
    Properties: {
      ReplicationInfoList: [
        {
          TopicReplication: { TopicsToReplicate: topics },
          ConsumerGroupReplication: { ConsumerGroupOffsetSyncMode: mode },
        },
      ],
    },
  },
});

test('exact names of topics that may be copied pass, escaped or not', () => {
  expect(findings(replicator, copying(['order-events', 'vehicle\\.state\\.v1', '^alerts$']))).toEqual([]);
});

test.each(['.*', 'vehicle.*', 'order-events|payment-events', '[a-z]+', ''])(
  'trap 19: the pattern %j is refused',
  (pattern) => {
    expect(findings(replicator, copying([pattern]))).toEqual([expect.stringMatching(/matches more than one topic$/)]);
  },
);

test('a topic that the catalogue does not let out is refused', () => {
  expect(findings(replicator, copying(['telemetry.raw.v1']))).toEqual([
    expect.stringMatching(/"telemetry.raw.v1" is not marked in-residency/),
  ]);
});

test('trap 19: one-sided ENHANCED offset sync is refused', () => {
  expect(findings(replicator, copying(['alerts'], 'ENHANCED'))).toEqual([expect.stringMatching(/use LEGACY/)]);
});
