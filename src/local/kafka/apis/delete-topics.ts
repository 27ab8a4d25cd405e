import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int16, int32, nullableString, string, stringNullableFrom, uuid, zeroUuid } from '../protocol/primitives.ts';
import { array, since, struct, until, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  topics: since(6, array(struct({ name: nullableString, topicId: uuid }))),
  topicNames: until(5, array(string)),
  timeoutMs: int32,
});

const response = struct({
  throttleTimeMs: since(1, int32),
  topics: array(
    struct({
      name: stringNullableFrom(6),
      topicId: since(6, uuid),
      errorCode: int16,
      errorMessage: since(5, nullableString),
    }),
  ),
});

export const deleteTopicsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 20,
  name: 'DeleteTopics',
  minVersion: 0,
  maxVersion: 6,
  flexibleFrom: 4,
  request,
  response,
};

export const deleteTopics = serve(deleteTopicsApi, ({ topics, topicNames }, { broker }) => {
  const wanted = [...topics, ...topicNames.map((name) => ({ name, topicId: zeroUuid }))];
  return {
    throttleTimeMs: 0,
    topics: wanted.map(({ name, topicId }) => {
      const topic = name === null ? broker.topics.withUuid(topicId) : broker.topics.named(name);
      if (topic === undefined) {
        const errorCode = name === null ? wireError.unknownTopicId : wireError.unknownTopicOrPartition;
        return { name, topicId, errorCode, errorMessage: 'there is no such topic' };
      }
      broker.topics.delete(topic);
      return { name: topic.name, topicId: topic.uuid, errorCode: wireError.none, errorMessage: null };
    }),
  };
});
