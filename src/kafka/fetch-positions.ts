import { type Connection, fetchV12, type Reader } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import { ByteCursor } from './byte-cursor.ts';

/** Where to read on in one partition. */
export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's error code; 0 for none. */
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** Record batches as the broker stores them. */
  readonly records: Buffer | null;
}

const fetchKey = 1;
/** The last version that names topics instead of numbering them; every broker since 2.7 has it. */
const fetchVersion = 12;
/** Everything in the log up to the high watermark, whatever became of its transaction. */
const readUncommitted = 0;
const noSession = -1;

/** One fetch, long polling. Records are handed out as bytes: nothing is decoded here, however many there are. */
export function fetchRecords(
  connection: Connection,
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Promise<FetchedPartition[]> {
  const { maxWaitMs, minBytes, maxBytes } = limits;
  const topics = topicsOf(positions, limits.partitionMaxBytes);
  const request = () =>
    fetchV12.createRequest(maxWaitMs, minBytes, maxBytes, readUncommitted, 0, noSession, topics, [], '');
  return new Promise((resolve, reject) => {
    connection.send<FetchedPartition[]>(
      fetchKey,
      fetchVersion,
      request,
      parseResponse,
      true,
      true,
      (error, fetched) => {
        if (error) reject(error);
        else resolve(fetched ?? []);
      },
    );
  });
}

function topicsOf(positions: readonly FetchPosition[], partitionMaxBytes: number) {
  const partitions = Map.groupBy(positions, ({ topic }) => topic);
  return [...partitions].map(([topic, list]) => ({
    topicId: topic,
    partitions: list.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    })),
  }));
}

/** Correlation id, API key, version, and what is left to read of the answer. */
type RawAnswer = readonly [correlationId: number, key: number, version: number, reader: Reader];

function parseResponse(...[, , , reader]: RawAnswer): FetchedPartition[] {
  const cursor = new ByteCursor(reader.buffer.slice(reader.position));
  cursor.skip(4);
  const errorCode = cursor.int16();
  if (errorCode !== 0) throw new AppError('EVENTBUS_SOURCE_FETCH', `Kafka error code ${errorCode}`);
  cursor.skip(4);
  const fetched: FetchedPartition[] = [];
  for (let topics = cursor.unsignedVarint() - 1; topics > 0; topics -= 1) {
    const topic = cursor.compactString();
    for (let left = cursor.unsignedVarint() - 1; left > 0; left -= 1) fetched.push(parsePartition(topic, cursor));
    cursor.tags();
  }
  return fetched;
}

function parsePartition(topic: string, cursor: ByteCursor): FetchedPartition {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const highWatermark = cursor.int64();
  cursor.skip(8);
  const logStartOffset = cursor.int64();
  for (let aborted = cursor.unsignedVarint() - 1; aborted > 0; aborted -= 1) {
    cursor.skip(16);
    cursor.tags();
  }
  cursor.skip(4);
  const length = cursor.unsignedVarint() - 1;
  const at = cursor.skip(Math.max(0, length));
  const records = length > 0 ? cursor.bytes.subarray(at, at + length) : null;
  cursor.tags();
  return { topic, partition, errorCode, highWatermark, logStartOffset, records };
}
