import { createTopicsApi } from '../../../src/local/kafka/apis/create-topics.ts';
import { fetchApi } from '../../../src/local/kafka/apis/fetch.ts';
import { listOffsetsApi } from '../../../src/local/kafka/apis/list-offsets.ts';
import { produceApi } from '../../../src/local/kafka/apis/produce.ts';
import { makeBatch, type NewBatch, readBatchHeader } from '../../../src/local/kafka/protocol/record-batch.ts';
import { encodeRecords, type NewRecord, readRecords } from '../../../src/local/kafka/protocol/records.ts';
import type { WireClient } from '../../make/wire-client.ts';

export interface TopicWish {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export async function createTopic(client: WireClient, name: string, { partitions = 1, configs = {} }: TopicWish = {}) {
  const { topics } = await client.call(createTopicsApi, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 1_000,
  });
  if (topics[0]!.errorCode !== 0) throw new Error(`topic ${name} was refused: ${topics[0]!.errorMessage}`);
  return topics[0]!;
}

/** A batch of text records; `key=value`, or a value alone, or `key=` for a tombstone. */
export function batchOf(texts: readonly string[], fields: Partial<NewBatch> = {}): Buffer {
  const records = texts.map((text): NewRecord => {
    const [first, second] = text.split('=');
    if (second === undefined) return { key: null, value: Buffer.from(text) };
    return { key: Buffer.from(first!), value: second === '' ? null : Buffer.from(second) };
  });
  return makeBatch({
    records: encodeRecords(records),
    recordCount: texts.length,
    baseTimestamp: Date.now(),
    ...fields,
  });
}

export interface ProduceWish {
  readonly topic?: string;
  readonly partition?: number;
  readonly acks?: number;
  readonly version?: number;
}

/** Sends one batch and gives the partition's answer. */
export async function produceBatch(client: WireClient, batch: Buffer, wish: ProduceWish = {}) {
  const { topic = 'events', partition = 0, acks = -1, version } = wish;
  const request = {
    transactionalId: null,
    acks,
    timeoutMs: 5_000,
    topics: [{ name: topic, partitions: [{ index: partition, records: batch }] }],
  };
  const response = await client.call(produceApi, request, version);
  return response.topics[0]!.partitions[0]!;
}

export const produceTexts = (client: WireClient, texts: readonly string[], wish: ProduceWish = {}) =>
  produceBatch(client, batchOf(texts), wish);

export interface FetchWish {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly version?: number;
}

/** One fetch of one partition, as the broker answered it. */
export async function fetchPartition(client: WireClient, wish: FetchWish = {}) {
  const { topic = 'events', partition = 0, offset = 0, maxWaitMs = 0, minBytes = 1, version } = wish;
  const maxBytes = wish.maxBytes ?? 1_000_000;
  const place = {
    index: partition,
    currentLeaderEpoch: -1,
    offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    maxBytes,
  };
  const request = { replicaId: -1, maxWaitMs, minBytes, maxBytes, topics: [{ name: topic, partitions: [place] }] };
  const response = await client.call(fetchApi, request, version);
  return response.topics[0]!.partitions[0]!;
}

export interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly text: string;
}

/** Records of fetched bytes, for batches this test made (values follow their keys). */
export function recordsIn(pieces: readonly Uint8Array[]): readonly ReadRecord[] {
  const bytes = Buffer.concat(pieces);
  const found: ReadRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32BE(at + 8) + 12;
    const batch = bytes.subarray(at, at + length);
    const { baseOffset, compression, recordCount } = readBatchHeader(batch);
    for (const record of readRecords(batch, compression, recordCount)) {
      const offset = baseOffset + record.offsetDelta;
      found.push({ offset, key: record.key?.toString() ?? null, text: record.bytes.toString('latin1') });
    }
    at += length;
  }
  return found;
}

export async function listOffset(client: WireClient, timestamp: number, topic = 'events') {
  const partitions = [{ index: 0, currentLeaderEpoch: -1, timestamp }];
  const response = await client.call(listOffsetsApi, { replicaId: -1, topics: [{ name: topic, partitions }] });
  return response.topics[0]!.partitions[0]!;
}
