import { leaderEpoch, type RequestContext } from '../context.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { type FoundOffset, offsetOfNewest, offsetSince } from '../log/reading.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int8, int16, int32, int64, string } from '../protocol/primitives.ts';
import { array, since, struct, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8),
  topics: array(
    struct({
      name: string,
      partitions: array(struct({ index: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
    }),
  ),
});

const response = struct({
  throttleTimeMs: since(2, int32),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({ index: int32, errorCode: int16, timestamp: int64, offset: int64, leaderEpoch: since(4, int32, -1) }),
      ),
    }),
  ),
});

export const listOffsetsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 2,
  name: 'ListOffsets',
  minVersion: 1,
  maxVersion: 9,
  flexibleFrom: 6,
  request,
  response,
};

/** Timestamps that stand for a place in the log. */
const special = { latest: -1, earliest: -2, newestRecord: -3, earliestLocal: -4, latestTiered: -5 } as const;
const nowhere: FoundOffset = { offset: -1, timestamp: -1 };

export const listOffsets = serve(listOffsetsApi, ({ topics }, context) => ({
  throttleTimeMs: 0,
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, timestamp, currentLeaderEpoch }) => {
      const log = context.broker.topics.partition(name, index);
      const failed = (errorCode: number) => ({ index, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 });
      if (log === undefined) return failed(wireError.unknownTopicOrPartition);
      if (currentLeaderEpoch > leaderEpoch) return failed(wireError.unknownLeaderEpoch);
      try {
        const found = locate(context, log, timestamp);
        return { index, errorCode: wireError.none, ...found, leaderEpoch: found.offset < 0 ? -1 : leaderEpoch };
      } catch (error) {
        const message = `offsets cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        const details = { topic: name, partition: index };
        context.broker.log({ level: 'error', code: 'EVENTBUS_BROKER_STORAGE_FAILED', message, details });
        return failed(wireError.storageError);
      }
    }),
  })),
}));

function locate({ broker }: RequestContext, log: PartitionLog, timestamp: number): FoundOffset {
  switch (timestamp) {
    case special.latest:
      return { offset: log.readableTo, timestamp: -1 };
    case special.earliest:
    case special.earliestLocal:
      return { offset: log.startOffset, timestamp: -1 };
    case special.newestRecord:
      return offsetOfNewest(broker.store, log) ?? nowhere;
    case special.latestTiered:
      return nowhere;
    default:
      return offsetSince(broker.store, log, timestamp) ?? nowhere;
  }
}
