import { headers } from '../../catalogue/headers.ts';
import type { LetterQuery } from '../../core/redrive/letter-query.ts';
import { type KeyOrder, keyPlace, type PlannableLetter, partitionPlace } from '../../core/redrive/plan.ts';
import { makeAdmin } from '../../kafka/admin.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { type ReadTopicOptions, readTopic } from '../../kafka/reader.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';

/** What the log is asked. */
export interface RedriveLog {
  /** The first offset of each partition of a topic. */
  starts(topic: string): Promise<readonly { readonly partition: number; readonly start: number }[]>;
  /** All records of one partition from an offset to its present end. */
  read(topic: string, partition: number, fromOffset: number): AsyncIterable<readonly RawRecord[]>;
}

export function makeRedriveLog(connection: KafkaConnection): RedriveLog {
  const clientId = 'event-bus-redrive';
  return {
    async starts(topic) {
      const admin = makeAdmin({ connection, clientId });
      try {
        return (await admin.listTopics([topic]))[0]?.partitions ?? [];
      } finally {
        await admin.close();
      }
    },
    read(topic, partition, offset) {
      const options: ReadTopicOptions = { connection, topic, partitions: [partition], from: { offset }, clientId };
      return readTopic(options);
    },
  };
}

/** A letter as the order of keys sees it. */
export interface OrderedLetter extends PlannableLetter {
  /** Where its own record lies. */
  readonly ownOffset: number;
}

export interface OrderQuestion {
  readonly pool: Pool;
  readonly log: RedriveLog;
  readonly letters: readonly OrderedLetter[];
  readonly mode: KeyOrder['mode'];
  /** Told how many records of the log have been looked at. */
  readonly onRecords?: ((records: number) => void) | undefined;
}

/**
 * What is known about the order of the letters' keys: reads the log behind the first letter of each partition. Records
 * that arrive later than this are not seen.
 */
export async function readKeyOrder(question: OrderQuestion): Promise<KeyOrder> {
  const { letters, mode, log } = question;
  const keyed = letters.filter((letter) => keyPlace(letter) !== undefined);
  const openOffsets = new Map<string, readonly number[]>();
  const lastOffsets = new Map<string, number>();
  const logStarts = new Map<string, number>();
  for (const [topic, ofTopic] of Map.groupBy(keyed, (letter) => letter.topic)) {
    for (const { partition, start } of await log.starts(topic)) {
      logStarts.set(partitionPlace({ topic, partition }), start);
    }
    for (const [partition, inPartition] of Map.groupBy(ofTopic, (letter) => letter.partition)) {
      const open = await openLetters(question.pool, { topic, partition });
      await readPartition({ ...question, topic, partition, inPartition, open, openOffsets, lastOffsets });
    }
  }
  return { mode, openOffsets, lastOffsets, logStarts };
}

interface PartitionQuestion extends OrderQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly inPartition: readonly OrderedLetter[];
  readonly open: readonly OpenLetter[];
  readonly openOffsets: Map<string, readonly number[]>;
  readonly lastOffsets: Map<string, number>;
}

async function readPartition(question: PartitionQuestion): Promise<void> {
  const { topic, partition, inPartition, open, openOffsets, lastOffsets, onRecords } = question;
  const selected = new Set(inPartition.map(({ id }) => id));
  const consumersOf = Map.groupBy(inPartition, ({ key }) => key ?? '');
  const waiting = new Set(open.map(({ consumer, offset }) => `${consumer}/${offset}`));
  for (const letter of open) {
    const place = keyPlace({ ...letter, topic, partition, ordered: true });
    if (place === undefined || letter.discarded || selected.has(letter.id)) continue;
    openOffsets.set(place, [...(openOffsets.get(place) ?? []), letter.orderOffset]);
  }
  let records = 0;
  const first = Math.min(...inPartition.map(({ offset }) => offset));
  for await (const batch of question.log.read(topic, partition, first + 1)) {
    for (const record of batch) {
      const key = record.key?.toString('base64') ?? '';
      const concerned = record.key === null ? [] : (consumersOf.get(key) ?? []);
      for (const consumer of new Set(concerned.map((letter) => letter.consumer))) {
        // A letter that waits or was given up is no record whose effect the consumer has: it had none.
        if (isFor(record, consumer) && !waiting.has(`${consumer}/${record.offset}`)) {
          const place = keyPlace({ consumer, topic, partition, key, ordered: true }) ?? '';
          lastOffsets.set(place, Math.max(lastOffsets.get(place) ?? -1, orderOffset(record)));
        }
      }
    }
    records += batch.length;
    onRecords?.(records);
  }
}

function isFor(record: RawRecord, consumer: string): boolean {
  const addressee = headerOf(record, headers.addressedTo);
  return addressee === undefined || addressee === consumer;
}

/** A record that repeats one of its partition stands, in the order of its key, where that one stood. */
function orderOffset(record: RawRecord): number {
  return originOffset(headerOf(record, headers.origin), record) ?? record.offset;
}

function headerOf({ headers: list }: RawRecord, wanted: string): string | undefined {
  return list.find(([name]) => name === wanted)?.[1]?.toString();
}

/** The offset in `topic/partition/offset` when it is of this partition. */
export function originOffset(
  origin: string | null | undefined,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): number | undefined {
  const prefix = `${topic}/${partition}/`;
  if (!origin?.startsWith(prefix)) return undefined;
  const offset = Number(origin.slice(prefix.length));
  return Number.isSafeInteger(offset) && offset >= 0 ? offset : undefined;
}

interface OpenLetter {
  readonly id: string;
  readonly consumer: string;
  readonly offset: number;
  readonly orderOffset: number;
  /** Base64. */
  readonly key: string | null;
  /** It will never be sent, so nothing waits for it. */
  readonly discarded: boolean;
}

interface OpenRow extends Pick<OpenLetter, 'id' | 'consumer' | 'offset' | 'discarded'> {
  readonly key: Buffer | null;
  readonly origin: string | null;
}

/** Letters whose records have had no effect. */
async function openLetters(
  pool: Pool,
  at: { readonly topic: string; readonly partition: number },
): Promise<readonly OpenLetter[]> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<OpenRow>(
      `select letter_id as id, consumer, "offset", key, origin, status = 'discarded' as discarded from dead_letter
       where topic = $1 and partition = $2 and status <> 'redriven'`,
      [at.topic, at.partition],
    ),
  );
  return rows.map(({ key, origin, ...letter }) => ({
    ...letter,
    orderOffset: originOffset(origin, at) ?? letter.offset,
    key: key?.toString('base64') ?? null,
  }));
}

/** The open letters that a query selects; closed ones only when they are named by their ids. */
export function selectable(query: LetterQuery): LetterQuery {
  return query.ids === undefined ? { ...query, status: 'open' } : query;
}
