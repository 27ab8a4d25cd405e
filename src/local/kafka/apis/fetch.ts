import { leaderEpoch, type RequestContext } from '../context.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { readBatches } from '../log/reading.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int8, int16, int32, int64, nullableString, recordPieces, string } from '../protocol/primitives.ts';
import { array, nullableArray, since, struct, tagged, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  clusterId: tagged(0, 12, nullableString),
  replicaId: int32,
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32),
  sessionEpoch: since(7, int32, -1),
  topics: array(
    struct({
      name: string,
      partitions: array(
        struct({
          index: int32,
          currentLeaderEpoch: since(9, int32, -1),
          offset: int64,
          lastFetchedEpoch: since(12, int32, -1),
          logStartOffset: since(5, int64, -1),
          maxBytes: int32,
        }),
      ),
    }),
  ),
  forgottenTopics: since(7, array(struct({ name: string, partitions: array(int32) }))),
  rackId: since(11, string),
});

const partitionResponse = struct({
  index: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: since(5, int64, -1),
  abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
  preferredReadReplica: since(11, int32, -1),
  records: recordPieces,
});

const response = struct({
  throttleTimeMs: int32,
  errorCode: since(7, int16),
  sessionId: since(7, int32),
  topics: array(struct({ name: string, partitions: array(partitionResponse) })),
});

export const fetchApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 1,
  name: 'Fetch',
  minVersion: 4,
  maxVersion: 12,
  flexibleFrom: 12,
  request,
  response,
};

type FetchRequest = ValueOf<typeof request>;
type PartitionRequest = FetchRequest['topics'][number]['partitions'][number];
type PartitionResponse = ValueOf<typeof partitionResponse>;
type FetchResponse = ValueOf<typeof response>;

export const fetch = serve(fetchApi, async (request, context) => {
  // Sessions are declined: a new one gets id 0, which means that the client sends whole requests.
  if (request.sessionId !== 0) {
    return { throttleTimeMs: 0, errorCode: wireError.fetchSessionIdNotFound, sessionId: 0, topics: [] };
  }
  const first = read(request, context);
  if (request.maxWaitMs <= 0 || first.bytes >= request.minBytes || first.failed) return first.response;
  await enoughArrived(request, context, first.bytes);
  return read(request, context).response;
});

interface ReadState {
  bytesLeft: number;
  bytes: number;
  failed: boolean;
}

function read(request: FetchRequest, context: RequestContext) {
  const maxBytes = Math.min(request.maxBytes, context.broker.settings.maxFetchBytes);
  const state: ReadState = { bytesLeft: maxBytes, bytes: 0, failed: false };
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => readPartition(context, { name, partition, state })),
  }));
  const response: FetchResponse = { throttleTimeMs: 0, errorCode: wireError.none, sessionId: 0, topics };
  return { response, bytes: state.bytes, failed: state.failed };
}

interface PartitionRead {
  readonly name: string;
  readonly partition: PartitionRequest;
  readonly state: ReadState;
}

function readPartition(context: RequestContext, { name, partition, state }: PartitionRead): PartitionResponse {
  const log = context.broker.topics.partition(name, partition.index);
  const fault = positionFault(log, partition);
  if (log === undefined || fault !== wireError.none) {
    state.failed = true;
    return partitionResponseOf(partition.index, log, { error: fault });
  }
  try {
    const result = readBatches(context.broker.store, log, {
      offset: partition.offset,
      maxBytes: Math.max(0, Math.min(partition.maxBytes, state.bytesLeft)),
      atLeastOne: state.bytes === 0,
    });
    state.bytes += result.bytes;
    state.bytesLeft -= result.bytes;
    if (result.damaged === undefined) return partitionResponseOf(partition.index, log, { records: result.batches });
    reportDamage(context, { topic: name, partition: partition.index, ...result.damaged });
    if (result.batches.length > 0) return partitionResponseOf(partition.index, log, { records: result.batches });
    state.failed = true;
    return partitionResponseOf(partition.index, log, { error: wireError.corruptMessage });
  } catch (error) {
    state.failed = true;
    reportUnreadable(context, { topic: name, partition: partition.index, offset: partition.offset }, error);
    return partitionResponseOf(partition.index, log, { error: wireError.storageError });
  }
}

function positionFault(log: PartitionLog | undefined, partition: PartitionRequest): number {
  if (log === undefined) return wireError.unknownTopicOrPartition;
  if (partition.currentLeaderEpoch > leaderEpoch) return wireError.unknownLeaderEpoch;
  if (partition.offset < log.startOffset || partition.offset > log.nextOffset) return wireError.offsetOutOfRange;
  return wireError.none;
}

function partitionResponseOf(
  index: number,
  log: PartitionLog | undefined,
  { error = wireError.none, records = [] }: { readonly error?: number; readonly records?: readonly Buffer[] },
): PartitionResponse {
  return {
    index,
    errorCode: error,
    highWatermark: log?.readableTo ?? -1,
    lastStableOffset: log?.readableTo ?? -1,
    logStartOffset: log?.startOffset ?? -1,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records,
  };
}

/** Waits until the partitions have `minBytes`, the time is over, or the client is gone. */
function enoughArrived(request: FetchRequest, { broker, closed }: RequestContext, already: number): Promise<void> {
  return new Promise((resolve) => {
    let bytes = already;
    const stops: (() => void)[] = [];
    const done = () => {
      clearTimeout(timer);
      closed.removeEventListener('abort', done);
      for (const stop of stops) stop();
      resolve();
    };
    const timer = setTimeout(done, request.maxWaitMs);
    closed.addEventListener('abort', done);
    for (const topic of request.topics) {
      for (const partition of topic.partitions) {
        const stop = broker.topics.partition(topic.name, partition.index)?.onAppend((arrived) => {
          bytes += arrived;
          if (arrived === 0 || bytes >= request.minBytes) done();
        });
        if (stop !== undefined) stops.push(stop);
      }
    }
  });
}

type Place = Readonly<Record<string, string | number>>;

function reportDamage({ broker }: RequestContext, details: Place): void {
  const key = `${details['topic']}-${details['partition']}@${details['baseOffset']}`;
  if (broker.reportedDamage.has(key)) return;
  broker.reportedDamage.add(key);
  const message = 'a stored record batch does not match its CRC-32C';
  broker.log({ level: 'error', code: 'EVENTBUS_BROKER_BATCH_CORRUPT', message, details });
}

function reportUnreadable({ broker }: RequestContext, details: Place, error: unknown): void {
  const message = `records cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  broker.log({ level: 'error', code: 'EVENTBUS_BROKER_STORAGE_FAILED', message, details });
}
