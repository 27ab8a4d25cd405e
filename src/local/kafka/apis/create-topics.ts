import type { RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int8, int16, int32, nullableString, string, uuid, zeroUuid } from '../protocol/primitives.ts';
import { array, nullableArray, since, struct, type ValueOf } from '../protocol/schema.ts';
import { type ChosenConfig, configFault } from '../topic-config.ts';
import { topicNameFault } from '../topics.ts';
import { describeTopicConfig } from './config-entries.ts';
import { serve } from './serve.ts';

const request = struct({
  topics: array(
    struct({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array(struct({ partition: int32, brokerIds: array(int32) })),
      configs: array(struct({ name: string, value: nullableString })),
    }),
  ),
  timeoutMs: int32,
  validateOnly: since(1, boolean),
});

const response = struct({
  throttleTimeMs: since(2, int32),
  topics: array(
    struct({
      name: string,
      topicId: since(7, uuid),
      errorCode: int16,
      errorMessage: since(1, nullableString),
      numPartitions: since(5, int32, -1),
      replicationFactor: since(5, int16, -1),
      configs: since(
        5,
        nullableArray(
          struct({
            name: string,
            value: nullableString,
            readOnly: boolean,
            configSource: int8,
            isSensitive: boolean,
          }),
        ),
      ),
    }),
  ),
});

export const createTopicsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 19,
  name: 'CreateTopics',
  minVersion: 0,
  maxVersion: 7,
  flexibleFrom: 5,
  request,
  response,
};

type NewTopic = ValueOf<typeof request>['topics'][number];
type CreatedTopic = ValueOf<typeof response>['topics'][number];

interface Fault {
  readonly error: number;
  readonly why: string;
}

export const createTopics = serve(createTopicsApi, ({ topics, validateOnly }, context) => {
  const seen = new Map<string, number>();
  for (const { name } of topics) seen.set(name, (seen.get(name) ?? 0) + 1);
  return {
    throttleTimeMs: 0,
    topics: topics
      .filter((topic, index) => topics.findIndex((other) => other.name === topic.name) === index)
      .map((topic) =>
        (seen.get(topic.name) ?? 0) > 1
          ? failed(topic.name, { error: wireError.invalidRequest, why: 'the request names this topic more than once' })
          : create(context, topic, validateOnly),
      ),
  };
});

const failed = (name: string, { error, why }: Fault): CreatedTopic => ({
  name,
  topicId: zeroUuid,
  errorCode: error,
  errorMessage: why,
  numPartitions: -1,
  replicationFactor: -1,
  configs: null,
});

function create({ broker }: RequestContext, topic: NewTopic, validateOnly: boolean): CreatedTopic {
  const { topics, settings } = broker;
  const assigned = topic.assignments.length;
  const asked = topic.numPartitions === -1 ? settings.defaultPartitions : topic.numPartitions;
  const partitions = assigned > 0 ? assigned : asked;
  const room = settings.maxPartitions - topics.partitionCount;
  const exists = topics.named(topic.name) !== undefined;
  const fault = nameFault(topic.name, exists) ?? sizeFault(topic, partitions, room) ?? configsFault(topic);
  if (fault !== undefined) return failed(topic.name, fault);
  const config: ChosenConfig = Object.fromEntries(topic.configs.map(({ name, value }) => [name, value ?? '']));
  let topicId = zeroUuid;
  if (!validateOnly) {
    topicId = topics.create(topic.name, partitions, config).uuid;
  }
  return {
    name: topic.name,
    topicId,
    errorCode: wireError.none,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: describeTopicConfig(config, settings),
  };
}

function nameFault(name: string, exists: boolean): Fault | undefined {
  const why = topicNameFault(name);
  if (why !== undefined) return { error: wireError.invalidTopic, why };
  if (exists) return { error: wireError.topicAlreadyExists, why: `topic "${name}" exists already` };
  return undefined;
}

function sizeFault(topic: NewTopic, partitions: number, room: number): Fault | undefined {
  if (partitions < 1) {
    return { error: wireError.invalidPartitions, why: `${partitions} partitions: at least 1 is needed` };
  }
  if (partitions > room) {
    const why = `${partitions} partitions: there is room for ${room} (maxPartitions)`;
    return { error: wireError.policyViolation, why };
  }
  if (topic.assignments.length > 0) return assignmentFault(topic);
  if (topic.replicationFactor !== 1 && topic.replicationFactor !== -1) {
    const why = `replication factor ${topic.replicationFactor}: this cluster has one broker, so it must be 1 (or -1)`;
    return { error: wireError.invalidReplicationFactor, why };
  }
  return undefined;
}

function assignmentFault({ assignments, numPartitions, replicationFactor }: NewTopic): Fault | undefined {
  if (numPartitions !== -1 || replicationFactor !== -1) {
    return { error: wireError.invalidRequest, why: 'give either assignments or numbers of partitions and replicas' };
  }
  const numbers = new Set(assignments.map(({ partition }) => partition));
  const dense = assignments.every((_, index) => numbers.has(index));
  const here = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === 1);
  if (dense && here) return undefined;
  return { error: wireError.invalidReplicaAssignment, why: 'every partition from 0 on must be on broker 1 alone' };
}

function configsFault(topic: NewTopic): Fault | undefined {
  for (const { name, value } of topic.configs) {
    const why = value === null ? `${name} has no value` : configFault(name, value);
    if (why !== undefined) return { error: wireError.invalidConfig, why };
  }
  return undefined;
}
