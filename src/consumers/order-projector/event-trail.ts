import { int8Array, textArray, timestamptzArray, uuidArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import type { SkippedRecord } from '../../postgres/skipped-records.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';
import type { CommerceItem } from './commerce-item.ts';

/** One partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

const insertSql = `
  insert into commerce_event (topic, partition, event_id, "offset", type, time, source, entity_id, order_id, version, data)
  select $1::text, $2::integer, e.event_id, e."offset", e.type, e.time, e.source, e.entity_id, e.order_id, e.version,
    e.data::jsonb
  from unnest($3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
    $10::bigint[], $11::text[]) as e(event_id, "offset", type, time, source, entity_id, order_id, version, data)
  on conflict do nothing
  returning event_id`;

const storedSql = 'select event_id, topic, partition, "offset" from commerce_event where event_id = any($1::uuid[])';

interface StoredCopy extends Place {
  readonly event_id: string;
  readonly offset: number;
}

export interface Added {
  /** Events that the trail did not have. */
  readonly fresh: readonly CommerceItem[];
  /** Further copies of events; a redelivery of the very record that was stored is none. */
  readonly copies: readonly SkippedRecord[];
}

/** Adds events to the trail, each once, and tells which of them are new. */
export async function addToTrail(client: PoolClient, at: Place, items: readonly CommerceItem[]): Promise<Added> {
  const first = new Map<string, CommerceItem>();
  for (const item of items) if (!first.has(item.eventId)) first.set(item.eventId, item);
  const inserted = await insert(client, at, [...first.values()]);
  const fresh = [...first.values()].filter(({ eventId }) => inserted.has(eventId));
  if (fresh.length === items.length) return { fresh, copies: [] };
  return { fresh, copies: await copiesOf(client, at, items) };
}

async function insert(client: PoolClient, at: Place, items: readonly CommerceItem[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ event_id: string }>({
    name: 'insert-commerce-event',
    text: insertSql,
    values: [
      at.topic,
      at.partition,
      uuidArray(items.map(({ eventId }) => eventId)),
      int8Array(items.map(({ offset }) => offset)),
      textArray(items.map(({ type }) => storableText(type))),
      timestamptzArray(items.map(({ timeMs }) => timeMs)),
      textArray(items.map(({ source }) => storableText(source))),
      textArray(items.map(({ entityId }) => entityId)),
      textArray(items.map(({ orderId }) => orderId)),
      int8Array(items.map(({ version }) => version)),
      textArray(items.map(({ value }) => storableJson(value))),
    ],
  });
  return new Set(rows.map(({ event_id }) => event_id));
}

/** Records whose event is in the trail from another place of the log. */
async function copiesOf(
  client: PoolClient,
  { topic, partition }: Place,
  items: readonly CommerceItem[],
): Promise<readonly SkippedRecord[]> {
  const { rows } = await client.query<StoredCopy>(storedSql, [uuidArray(items.map(({ eventId }) => eventId))]);
  const stored = new Map(rows.map((row) => [row.event_id, row]));
  return items.flatMap(({ eventId, offset }) => {
    const copy = stored.get(eventId);
    const same = copy?.topic === topic && copy.partition === partition && copy.offset === offset;
    if (copy === undefined || same) return [];
    const detail = `applied from ${copy.topic}-${copy.partition} at offset ${copy.offset}`;
    return [{ offset, item: -1, eventId, reason: 'duplicate', detail }];
  });
}
