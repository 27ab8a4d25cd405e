import { leaderEpoch, nodeId, type RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import {
  boolean,
  int16,
  int32,
  nullableString,
  string,
  stringNullableFrom,
  uuid,
  zeroUuid,
} from '../protocol/primitives.ts';
import { array, between, nullableArray, since, struct, type ValueOf } from '../protocol/schema.ts';
import { type Topic, topicNameFault } from '../topics.ts';
import { serve } from './serve.ts';

const request = struct({
  topics: nullableArray(struct({ topicId: since(10, uuid), name: stringNullableFrom(10) })),
  allowAutoTopicCreation: since(4, boolean, true),
  includeClusterAuthorizedOperations: between(8, 10, boolean),
  includeTopicAuthorizedOperations: since(8, boolean),
});

const notAsked = -2_147_483_648;

const partitionMetadata = struct({
  errorCode: int16,
  index: int32,
  leaderId: int32,
  leaderEpoch: since(7, int32),
  replicaNodes: array(int32),
  isrNodes: array(int32),
  offlineReplicas: since(5, array(int32)),
});

const topicMetadata = struct({
  errorCode: int16,
  name: stringNullableFrom(12),
  topicId: since(10, uuid),
  isInternal: since(1, boolean),
  partitions: array(partitionMetadata),
  authorizedOperations: since(8, int32),
});

const response = struct({
  throttleTimeMs: since(3, int32),
  brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullableString) })),
  clusterId: since(2, nullableString),
  controllerId: since(1, int32),
  topics: array(topicMetadata),
  clusterAuthorizedOperations: between(8, 10, int32),
});

export const metadataApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 3,
  name: 'Metadata',
  minVersion: 0,
  maxVersion: 12,
  flexibleFrom: 9,
  request,
  response,
};

type TopicMetadata = ValueOf<typeof topicMetadata>;
type TopicRequest = NonNullable<ValueOf<typeof request>['topics']>[number];

const bits = (...operations: readonly number[]) => operations.reduce((all, operation) => all | (1 << operation), 0);
/** Without access control everybody may do everything: the operations' numbers in the protocol. */
const topicOperations = bits(3, 4, 5, 6, 7, 8, 10, 11);
export const clusterOperations = bits(5, 7, 8, 9, 10, 11, 12);

export const metadata = serve(metadataApi, (request, context) => {
  const { broker, reachedAt, version } = context;
  const all = request.topics === null || (version === 0 && request.topics.length === 0);
  const operations = request.includeTopicAuthorizedOperations ? topicOperations : notAsked;
  const topics = all
    ? broker.topics.all().map((topic) => describe(topic, operations))
    : (request.topics ?? []).map((topic) =>
        find(context, topic, { create: request.allowAutoTopicCreation, operations }),
      );
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId, host: reachedAt.host, port: reachedAt.port, rack: null }],
    clusterId: broker.clusterId,
    controllerId: nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : notAsked,
  };
});

interface Wish {
  readonly create: boolean;
  readonly operations: number;
}

function find({ broker }: RequestContext, { name, topicId }: TopicRequest, wish: Wish): TopicMetadata {
  if (name === null) {
    const topic = broker.topics.withUuid(topicId);
    return topic === undefined
      ? missing({ name: null, topicId, errorCode: wireError.unknownTopicId })
      : describe(topic, wish.operations);
  }
  const topic = broker.topics.named(name);
  if (topic !== undefined) return describe(topic, wish.operations);
  const failure = (errorCode: number) => missing({ name, topicId: zeroUuid, errorCode });
  if (topicNameFault(name) !== undefined) return failure(wireError.invalidTopic);
  const { autoCreateTopics, defaultPartitions, maxPartitions } = broker.settings;
  if (!autoCreateTopics || !wish.create) return failure(wireError.unknownTopicOrPartition);
  if (broker.topics.partitionCount + defaultPartitions > maxPartitions) return failure(wireError.policyViolation);
  return describe(broker.topics.create(name, defaultPartitions, {}), wish.operations);
}

const missing = (topic: { name: string | null; topicId: string; errorCode: number }): TopicMetadata => ({
  ...topic,
  isInternal: false,
  partitions: [],
  authorizedOperations: notAsked,
});

const describe = (topic: Topic, authorizedOperations: number): TopicMetadata => ({
  errorCode: wireError.none,
  name: topic.name,
  topicId: topic.uuid,
  isInternal: false,
  partitions: topic.partitions.map((_, index) => ({
    errorCode: wireError.none,
    index,
    leaderId: nodeId,
    leaderEpoch,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    offlineReplicas: [],
  })),
  authorizedOperations,
});
