import type { RequestContext } from '../context.ts';
import { sqliteCode } from '../log/database.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int16, int32, int64, nullableBytes, nullableString, string } from '../protocol/primitives.ts';
import { array, since, struct, type ValueOf } from '../protocol/schema.ts';
import { noAnswer, serve } from './serve.ts';

const request = struct({
  transactionalId: since(3, nullableString),
  acks: int16,
  timeoutMs: int32,
  topics: array(struct({ name: string, partitions: array(struct({ index: int32, records: nullableBytes })) })),
});

const partitionResponse = struct({
  index: int32,
  errorCode: int16,
  baseOffset: int64,
  logAppendTimeMs: since(2, int64, -1),
  logStartOffset: since(5, int64, -1),
  recordErrors: since(8, array(struct({ batchIndex: int32, message: nullableString }))),
  errorMessage: since(8, nullableString),
});

const response = struct({
  topics: array(struct({ name: string, partitions: array(partitionResponse) })),
  throttleTimeMs: since(1, int32),
});

/**
 * Versions 0 to 2 carry message formats that no longer exist; they are offered because librdkafka takes a missing
 * version 0 for a broker without compression, and answered with UNSUPPORTED_FOR_MESSAGE_FORMAT.
 */
export const produceApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 0,
  name: 'Produce',
  minVersion: 0,
  maxVersion: 11,
  flexibleFrom: 9,
  request,
  response,
};

type PartitionResponse = ValueOf<typeof partitionResponse>;
type TopicData = ValueOf<typeof request>['topics'][number];

const failed = (index: number, errorCode: number, errorMessage: string | null): PartitionResponse => ({
  index,
  errorCode,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  recordErrors: [],
  errorMessage,
});

export const produce = serve(
  produceApi,
  async ({ transactionalId, acks, topics }, context) => {
    if (acks < -1 || acks > 1) {
      return { topics: refuse(topics, wireError.invalidRequiredAcks, `acks is ${acks}`), throttleTimeMs: 0 };
    }
    if (transactionalId !== null) {
      const why = 'this broker has no transactions';
      return { topics: refuse(topics, wireError.invalidTxnState, why), throttleTimeMs: 0 };
    }
    const { queue } = context.broker;
    const placed = topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map(({ index, records }) => append(context, topic.name, { index, records })),
    }));
    if (acks === 0) return noAnswer;
    try {
      await queue.durable();
    } catch (error) {
      const why = `not stored: SQLite result ${sqliteCode(error) ?? 'unknown'}`;
      return { topics: refuse(topics, wireError.storageError, why), throttleTimeMs: 0 };
    }
    return { topics: placed, throttleTimeMs: 0 };
  },
  { carriesRecords: true },
);

function append(
  { broker }: RequestContext,
  name: string,
  { index, records }: TopicData['partitions'][number],
): PartitionResponse {
  const topic = broker.topics.named(name);
  const log = topic?.partitions[index];
  if (topic === undefined || log === undefined) return failed(index, wireError.unknownTopicOrPartition, null);
  if (records === null) return failed(index, wireError.invalidRecord, 'there are no records');
  const result = broker.append({ log, policy: topic.policy }, records as Buffer);
  if ('error' in result) return failed(index, result.error, result.why);
  return {
    index,
    errorCode: wireError.none,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.appendedMs,
    logStartOffset: log.startOffset,
    recordErrors: [],
    errorMessage: null,
  };
}

const refuse = (topics: readonly TopicData[], error: number, why: string) =>
  topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index }) => failed(index, error, why)),
  }));
