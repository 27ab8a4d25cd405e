import type { RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, nullableArray, struct, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  topics: array(
    struct({ name: string, count: int32, assignments: nullableArray(struct({ brokerIds: array(int32) })) }),
  ),
  timeoutMs: int32,
  validateOnly: boolean,
});

const response = struct({
  throttleTimeMs: int32,
  topics: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
});

export const createPartitionsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 37,
  name: 'CreatePartitions',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 2,
  request,
  response,
};

type Growth = ValueOf<typeof request>['topics'][number];

export const createPartitions = serve(createPartitionsApi, ({ topics, validateOnly }, context) => ({
  throttleTimeMs: 0,
  topics: topics.map((growth) => grow(context, growth, validateOnly)),
}));

function grow({ broker }: RequestContext, { name, count, assignments }: Growth, validateOnly: boolean) {
  const failed = (errorCode: number, errorMessage: string) => ({ name, errorCode, errorMessage });
  const topic = broker.topics.named(name);
  if (topic === undefined) return failed(wireError.unknownTopicOrPartition, 'there is no such topic');
  const have = topic.partitions.length;
  if (count <= have) {
    return failed(wireError.invalidPartitions, `${count} partitions: the topic has ${have} and can only get more`);
  }
  const room = broker.settings.maxPartitions - broker.topics.partitionCount;
  if (count - have > room) {
    return failed(wireError.policyViolation, `${count} partitions: there is room for ${room} more (maxPartitions)`);
  }
  if (assignments !== null && assignments.length !== count - have) {
    return failed(
      wireError.invalidReplicaAssignment,
      `${assignments.length} assignments for ${count - have} partitions`,
    );
  }
  if (!validateOnly) {
    broker.topics.grow(topic, count);
  }
  return { name, errorCode: wireError.none, errorMessage: null };
}
