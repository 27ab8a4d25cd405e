import type { RequestContext } from '../context.ts';
import type { OffsetToCommit } from '../groups/offsets.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int16, int32, int64, nullableString, string } from '../protocol/primitives.ts';
import { array, between, nullableArray, since, struct, until, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const commitRequest = struct({
  groupId: string,
  generation: int32,
  memberId: string,
  groupInstanceId: since(7, nullableString),
  retentionTimeMs: between(2, 4, int64),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          index: int32,
          offset: int64,
          leaderEpoch: since(6, int32, -1),
          metadata: nullableString,
        }),
      ),
    }),
  ),
});

const commitResponse = struct({
  throttleTimeMs: since(3, int32),
  topics: array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) })),
});

export const offsetCommitApi: Api<ValueOf<typeof commitRequest>, ValueOf<typeof commitResponse>> = {
  key: 8,
  name: 'OffsetCommit',
  minVersion: 2,
  maxVersion: 9,
  flexibleFrom: 8,
  request: commitRequest,
  response: commitResponse,
};

const maxMetadataBytes = 4_096;

export const offsetCommit = serve(offsetCommitApi, async (request, { broker }) => {
  const { groupId, generation, memberId, groupInstanceId } = request;
  const fault = broker.coordinator.commitFault(groupId, generation, { memberId, groupInstanceId });
  const accepted: OffsetToCommit[] = [];
  const topics = request.topics.map(({ name, partitions }) => {
    const topic = broker.topics.named(name);
    return {
      name,
      partitions: partitions.map(({ index, offset, leaderEpoch, metadata }) => {
        if (fault !== wireError.none) return { index, errorCode: fault };
        if (topic?.partitions[index] === undefined) return { index, errorCode: wireError.unknownTopicOrPartition };
        if (Buffer.byteLength(metadata ?? '') > maxMetadataBytes) {
          return { index, errorCode: wireError.offsetMetadataTooLarge };
        }
        accepted.push({ topicId: topic.id, partition: index, offset, leaderEpoch, metadata: metadata ?? '' });
        return { index, errorCode: wireError.none };
      }),
    };
  });
  try {
    await broker.coordinator.offsets.commit(groupId, accepted);
    return { throttleTimeMs: 0, topics };
  } catch {
    // The commit queue has logged why; a retriable code makes the client commit again.
    return { throttleTimeMs: 0, topics: withError(topics, wireError.coordinatorNotAvailable) };
  }
});

const withError = (topics: ValueOf<typeof commitResponse>['topics'], errorCode: number) =>
  topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ index }) => ({ index, errorCode })) }));

const fetchTopics = nullableArray(struct({ name: string, partitions: array(int32) }));

const fetchRequest = struct({
  groupId: until(7, string),
  topics: until(7, fetchTopics),
  groups: since(
    8,
    array(
      struct({
        groupId: string,
        memberId: since(9, nullableString),
        memberEpoch: since(9, int32, -1),
        topics: fetchTopics,
      }),
    ),
  ),
  requireStable: since(7, boolean),
});

const fetchedTopics = array(
  struct({
    name: string,
    partitions: array(
      struct({
        index: int32,
        offset: int64,
        leaderEpoch: since(5, int32, -1),
        metadata: nullableString,
        errorCode: int16,
      }),
    ),
  }),
);

const fetchResponse = struct({
  throttleTimeMs: since(3, int32),
  topics: until(7, fetchedTopics),
  errorCode: between(2, 7, int16),
  groups: since(8, array(struct({ groupId: string, topics: fetchedTopics, errorCode: int16 }))),
});

export const offsetFetchApi: Api<ValueOf<typeof fetchRequest>, ValueOf<typeof fetchResponse>> = {
  key: 9,
  name: 'OffsetFetch',
  minVersion: 1,
  maxVersion: 9,
  flexibleFrom: 6,
  request: fetchRequest,
  response: fetchResponse,
};

type WantedTopics = ValueOf<typeof fetchTopics>;

export const offsetFetch = serve(offsetFetchApi, (request, context) => ({
  throttleTimeMs: 0,
  topics: context.version < 8 ? offsetsOf(context, request.groupId, request.topics) : [],
  errorCode: wireError.none,
  groups: request.groups.map(({ groupId, topics }) => ({
    groupId,
    topics: offsetsOf(context, groupId, topics),
    errorCode: wireError.none,
  })),
}));

function offsetsOf({ broker }: RequestContext, groupId: string, wanted: WantedTopics) {
  const { offsets } = broker.coordinator;
  const topics = wanted ?? [...offsets.partitions(groupId)].map(([name, partitions]) => ({ name, partitions }));
  return topics.map(({ name, partitions }) => {
    const topic = broker.topics.named(name);
    return {
      name,
      partitions: partitions.map((index) => {
        const found = topic === undefined ? undefined : offsets.committed(groupId, topic.id, index);
        // No committed offset is no error: the client's reset policy decides.
        const { offset, leaderEpoch, metadata } = found ?? { offset: -1, leaderEpoch: -1, metadata: '' };
        return { index, offset, leaderEpoch, metadata, errorCode: wireError.none };
      }),
    };
  });
}

const deleteRequest = struct({
  groupId: string,
  topics: array(struct({ name: string, partitions: array(struct({ index: int32 })) })),
});

const deleteResponse = struct({
  errorCode: int16,
  throttleTimeMs: int32,
  topics: array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) })),
});

export const offsetDeleteApi: Api<ValueOf<typeof deleteRequest>, ValueOf<typeof deleteResponse>> = {
  key: 47,
  name: 'OffsetDelete',
  minVersion: 0,
  maxVersion: 0,
  flexibleFrom: Number.POSITIVE_INFINITY,
  request: deleteRequest,
  response: deleteResponse,
};

export const offsetDelete = serve(offsetDeleteApi, ({ groupId, topics }, { broker }) => {
  const { coordinator } = broker;
  const fault = offsetDeleteFault(broker, groupId);
  if (fault !== wireError.none) return { errorCode: fault, throttleTimeMs: 0, topics: [] };
  const inUse = coordinator.group(groupId)?.subscribedTopics() ?? new Set<string>();
  return {
    errorCode: wireError.none,
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => {
        const topic = broker.topics.named(name);
        if (topic === undefined) return { index, errorCode: wireError.unknownTopicOrPartition };
        if (inUse.has(name)) return { index, errorCode: wireError.groupSubscribedToTopic };
        coordinator.offsets.delete(groupId, topic.id, index);
        return { index, errorCode: wireError.none };
      }),
    })),
  };
});

function offsetDeleteFault({ coordinator }: RequestContext['broker'], groupId: string): number {
  const group = coordinator.group(groupId);
  if (group === undefined) return coordinator.offsets.hasGroup(groupId) ? wireError.none : wireError.groupIdNotFound;
  // Members that do not say what they read could be reading anything.
  return group.subscribedTopics() === undefined ? wireError.nonEmptyGroup : wireError.none;
}
