import { int4Array, int8Array, textArray } from './binary-array.ts';
import { onConnection, type Pool, type PoolClient } from './pool.ts';
import { storableText } from './storable-text.ts';

/** A record, or a reading inside it, that had no effect. */
export interface SkippedRecord {
  readonly offset: number;
  /** Index of the reading inside the record; -1 for the whole record. */
  readonly item: number;
  readonly eventId: string;
  readonly reason: string;
  readonly detail: string | null;
}

const insertSql = `
  insert into skipped_record (consumer, topic, partition, "offset", item, event_id, reason, detail)
  select $1::text, $2::text, $3::integer, s.*
  from unnest($4::bigint[], $5::integer[], $6::text[], $7::text[], $8::text[]) as s
  on conflict do nothing`;

export interface SkippingConsumer {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
}

/** Records skips on a connection of their own: one statement, which is one transaction. */
export function skipRecorder(pool: Pool) {
  return (at: SkippingConsumer, skips: readonly SkippedRecord[]): Promise<void> => {
    const storable = skips.map((skip) => ({
      ...skip,
      eventId: storableText(skip.eventId),
      detail: skip.detail === null ? null : storableText(skip.detail),
    }));
    return onConnection(pool, (client) => recordSkips(client, at, storable));
  };
}

/** Records the skips of one partition; a skip that is recorded already stays as it is. */
export async function recordSkips(
  client: PoolClient,
  at: SkippingConsumer,
  skips: readonly SkippedRecord[],
): Promise<void> {
  if (skips.length === 0) return;
  await client.query({
    name: 'record-skips',
    text: insertSql,
    values: [
      at.consumer,
      at.topic,
      at.partition,
      int8Array(skips.map(({ offset }) => offset)),
      int4Array(skips.map(({ item }) => item)),
      textArray(skips.map(({ eventId }) => eventId)),
      textArray(skips.map(({ reason }) => reason)),
      textArray(skips.map(({ detail }) => detail)),
    ],
  });
}
