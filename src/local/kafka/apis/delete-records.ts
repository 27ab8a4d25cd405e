import type { RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int16, int32, int64, string } from '../protocol/primitives.ts';
import { array, struct, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  topics: array(struct({ name: string, partitions: array(struct({ index: int32, offset: int64 })) })),
  timeoutMs: int32,
});

const response = struct({
  throttleTimeMs: int32,
  topics: array(
    struct({ name: string, partitions: array(struct({ index: int32, lowWatermark: int64, errorCode: int16 })) }),
  ),
});

export const deleteRecordsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 21,
  name: 'DeleteRecords',
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 2,
  request,
  response,
};

export const deleteRecords = serve(deleteRecordsApi, ({ topics }, context) => {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => deleteBelow(context, name, partition)),
    })),
  };
});

const end = -1;

function deleteBelow(
  { broker }: RequestContext,
  name: string,
  { index, offset }: { readonly index: number; readonly offset: number },
) {
  const failed = (errorCode: number) => ({ index, lowWatermark: -1, errorCode });
  const topic = broker.topics.named(name);
  const log = topic?.partitions[index];
  if (topic === undefined || log === undefined) return failed(wireError.unknownTopicOrPartition);
  // A log that is only compacted must not lose the newest record of a key.
  if (!topic.policy.deletes) return failed(wireError.policyViolation);
  const to = offset === end ? log.readableTo : offset;
  if (to < 0 || to > log.readableTo) return failed(wireError.offsetOutOfRange);
  if (to > log.startOffset) {
    broker.queue.flush();
    log.deleteBelow(to);
  }
  return { index, lowWatermark: log.startOffset, errorCode: wireError.none };
}
