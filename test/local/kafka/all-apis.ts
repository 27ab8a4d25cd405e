import { alterConfigsApi, incrementalAlterConfigsApi } from '../../../src/local/kafka/apis/alter-configs.ts';
import { apiVersionsApi } from '../../../src/local/kafka/apis/api-versions.ts';
import { createPartitionsApi } from '../../../src/local/kafka/apis/create-partitions.ts';
import { createTopicsApi } from '../../../src/local/kafka/apis/create-topics.ts';
import { deleteRecordsApi } from '../../../src/local/kafka/apis/delete-records.ts';
import { deleteTopicsApi } from '../../../src/local/kafka/apis/delete-topics.ts';
import { describeClusterApi } from '../../../src/local/kafka/apis/describe-cluster.ts';
import { describeConfigsApi } from '../../../src/local/kafka/apis/describe-configs.ts';
import { fetchApi } from '../../../src/local/kafka/apis/fetch.ts';
import { findCoordinatorApi } from '../../../src/local/kafka/apis/find-coordinator.ts';
import { deleteGroupsApi, describeGroupsApi, listGroupsApi } from '../../../src/local/kafka/apis/group-admin.ts';
import { offsetCommitApi, offsetDeleteApi, offsetFetchApi } from '../../../src/local/kafka/apis/group-offsets.ts';
import { initProducerIdApi } from '../../../src/local/kafka/apis/init-producer-id.ts';
import { listOffsetsApi } from '../../../src/local/kafka/apis/list-offsets.ts';
import { heartbeatApi, joinGroupApi, leaveGroupApi, syncGroupApi } from '../../../src/local/kafka/apis/membership.ts';
import { metadataApi } from '../../../src/local/kafka/apis/metadata.ts';
import { produceApi } from '../../../src/local/kafka/apis/produce.ts';
import type { Api } from '../../../src/local/kafka/protocol/message.ts';
import { batchOf } from './requests.ts';

const topicId = '11111111-2222-4333-8444-555555555555';
const member = { groupId: 'readers', generation: 1, memberId: 'm-1', groupInstanceId: 'i-1' };
const text = Buffer.from('bytes');

/** One whole request of every API, with something in every list. */
export const sampleRequests: readonly (readonly [Api<never, unknown>, unknown])[] = [
  sample(produceApi, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 100,
    topics: [{ name: 'events', partitions: [{ index: 0, records: batchOf(['a', 'k=v', 'k=']) }] }],
  }),
  sample(fetchApi, {
    clusterId: null,
    replicaId: -1,
    maxWaitMs: 1,
    minBytes: 1,
    maxBytes: 1_000,
    isolationLevel: 1,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        name: 'events',
        partitions: [
          { index: 0, currentLeaderEpoch: -1, offset: 0, lastFetchedEpoch: -1, logStartOffset: -1, maxBytes: 500 },
        ],
      },
    ],
    forgottenTopics: [{ name: 'old', partitions: [1, 2] }],
    rackId: 'a',
  }),
  sample(listOffsetsApi, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: 'events', partitions: [{ index: 0, currentLeaderEpoch: -1, timestamp: -1 }] }],
  }),
  sample(metadataApi, {
    topics: [{ topicId, name: 'events' }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: true,
    includeTopicAuthorizedOperations: true,
  }),
  sample(offsetCommitApi, {
    ...member,
    retentionTimeMs: -1,
    topics: [{ name: 'events', partitions: [{ index: 0, offset: 7, leaderEpoch: 0, metadata: 'note' }] }],
  }),
  sample(offsetFetchApi, {
    groupId: 'readers',
    topics: [{ name: 'events', partitions: [0] }],
    groups: [{ groupId: 'readers', memberId: null, memberEpoch: -1, topics: [{ name: 'events', partitions: [0, 1] }] }],
    requireStable: true,
  }),
  sample(findCoordinatorApi, { key: 'readers', keyType: 0, keys: ['readers', 'others'] }),
  sample(joinGroupApi, {
    groupId: 'readers',
    sessionTimeoutMs: 6_000,
    rebalanceTimeoutMs: 100,
    memberId: '',
    groupInstanceId: 'i-1',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: text }],
    reason: 'test',
  }),
  sample(heartbeatApi, member),
  sample(leaveGroupApi, {
    groupId: 'readers',
    memberId: 'm-1',
    members: [{ memberId: 'm-1', groupInstanceId: null, reason: 'done' }],
  }),
  sample(syncGroupApi, {
    ...member,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId: 'm-1', assignment: text }],
  }),
  sample(describeGroupsApi, { groups: ['readers'], includeAuthorizedOperations: true }),
  sample(listGroupsApi, { statesFilter: ['Stable'], typesFilter: ['classic'] }),
  sample(createTopicsApi, {
    topics: [
      {
        name: 'made',
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: 'retention.ms', value: '5000' }],
      },
    ],
    timeoutMs: 100,
    validateOnly: true,
  }),
  sample(deleteTopicsApi, { topics: [{ name: 'gone', topicId }], topicNames: ['gone'], timeoutMs: 100 }),
  sample(deleteRecordsApi, {
    topics: [{ name: 'events', partitions: [{ index: 0, offset: 0 }] }],
    timeoutMs: 100,
  }),
  sample(initProducerIdApi, {
    transactionalId: null,
    transactionTimeoutMs: 100,
    producerId: -1,
    producerEpoch: -1,
  }),
  sample(describeConfigsApi, {
    resources: [{ type: 2, name: 'events', keys: ['retention.ms'] }],
    includeSynonyms: true,
    includeDocumentation: true,
  }),
  sample(alterConfigsApi, {
    resources: [{ type: 2, name: 'events', configs: [{ name: 'retention.ms', value: '1' }] }],
    validateOnly: true,
  }),
  sample(incrementalAlterConfigsApi, {
    resources: [{ type: 2, name: 'events', configs: [{ name: 'retention.ms', operation: 0, value: '1' }] }],
    validateOnly: true,
  }),
  sample(createPartitionsApi, {
    topics: [{ name: 'events', count: 3, assignments: [{ brokerIds: [1] }] }],
    timeoutMs: 100,
    validateOnly: true,
  }),
  sample(deleteGroupsApi, { groupIds: ['readers'] }),
  sample(offsetDeleteApi, { groupId: 'readers', topics: [{ name: 'events', partitions: [{ index: 0 }] }] }),
  sample(describeClusterApi, { includeAuthorizedOperations: true, endpointType: 1 }),
  sample(apiVersionsApi, { clientSoftwareName: 'test', clientSoftwareVersion: '1' }),
];

function sample<Request, Response>(api: Api<Request, Response>, request: Request) {
  return [api as unknown as Api<never, unknown>, request] as const;
}
