import { type Connection, Writer } from '@platformatic/kafka';

/** Where reading goes on in one partition. */
export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What a leader answers for one partition; `batches` are its record batches as stored, the last one maybe cut. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStart: number;
  readonly batches: Buffer;
}

export interface FetchOptions {
  readonly topic: string;
  readonly positions: readonly FetchPosition[];
  /** How long the leader waits for records when there are none, ms. */
  readonly maxWaitMs: number;
  /** Bytes of the whole answer, and of one partition in it; one batch is sent even if it is larger. */
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
}

const fetchKey = 1;

/** Spoken by every cluster since Kafka 2.3, and the last one that names topics and has fixed-width lengths. */
export const fetchVersion = 11;

interface FetchAnswer {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Fetches from the leader of all positions. Rejects when no answer came; errors of partitions are in the answer. */
export function fetchBatches(connection: Connection, options: FetchOptions): Promise<FetchAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchAnswer>();
  connection.send<FetchAnswer>(
    fetchKey,
    fetchVersion,
    () => fetchBody(options),
    (...[, , , reader]) => readAnswer(reader.buffer.slice(reader.position)),
    false,
    false,
    (error, answer) => {
      if (error || answer === undefined) reject(error ?? new Error('the answer to a fetch request is empty'));
      else resolve(answer);
    },
  );
  return promise;
}

const noReplica = -1;
const readUncommitted = 0;
const noSession = 0;
const closeSession = -1;

/** Body of a Fetch request, version 11, outside of fetch sessions. */
function fetchBody({ topic, positions, maxWaitMs, maxBytes, partitionMaxBytes }: FetchOptions): Writer {
  return Writer.create()
    .appendInt32(noReplica)
    .appendInt32(maxWaitMs)
    .appendInt32(1)
    .appendInt32(maxBytes)
    .appendInt8(readUncommitted)
    .appendInt32(noSession)
    .appendInt32(closeSession)
    .appendInt32(1)
    .appendString(topic, false)
    .appendArray(
      [...positions],
      (writer, { partition, offset }) => {
        writer
          .appendInt32(partition)
          .appendInt32(-1)
          .appendInt64(BigInt(offset))
          .appendInt64(-1n)
          .appendInt32(partitionMaxBytes);
      },
      false,
      false,
    )
    .appendInt32(0)
    .appendString('', false);
}

/** Reads an answer of one topic, as views into its bytes. */
function readAnswer(bytes: Buffer): FetchAnswer {
  const errorCode = bytes.readInt16BE(4);
  const topics = bytes.readInt32BE(10);
  if (topics === 0) return { errorCode, partitions: [] };
  const nameBytes = bytes.readInt16BE(14);
  const countAt = 16 + nameBytes;
  let at = countAt + 4;
  const partitions = Array.from({ length: bytes.readInt32BE(countAt) }, () => {
    const found = readPartition(bytes, at);
    at = found.end;
    return found.partition;
  });
  return { errorCode, partitions };
}

/** Partition, error, high watermark, last stable offset, log start, aborted transactions, preferred replica, records. */
function readPartition(bytes: Buffer, at: number): { readonly partition: FetchedPartition; readonly end: number } {
  const aborted = Math.max(0, bytes.readInt32BE(at + 30));
  const lengthAt = at + 34 + aborted * 16 + 4;
  const length = Math.max(0, bytes.readInt32BE(lengthAt));
  const end = lengthAt + 4 + length;
  const partition = {
    partition: bytes.readInt32BE(at),
    errorCode: bytes.readInt16BE(at + 4),
    highWatermark: Number(bytes.readBigInt64BE(at + 6)),
    logStart: Number(bytes.readBigInt64BE(at + 22)),
    batches: bytes.subarray(lengthAt + 4, end),
  };
  return { partition, end };
}
