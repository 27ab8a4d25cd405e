import { int8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';
import { lastOfEach, type OfKind } from './commerce-item.ts';

/** An event that comes late, as a redriven one does, changes nothing that a later one has left. */
const isLater = (table: string) =>
  `(excluded.version, excluded.changed_at, excluded."offset") > (${table}.version, ${table}.changed_at, ${table}."offset")`;

/** What each of these rows has: the place of its last event among those of its entity. */
const placeColumns = (items: readonly { version: number | null; timeMs: number; offset: number }[]) => [
  int8Array(items.map(({ version }) => version ?? 0)),
  timestamptzArray(items.map(({ timeMs }) => timeMs)),
  int8Array(items.map(({ offset }) => offset)),
];

const orderSql = `
  insert into order_current as o
    (version, changed_at, "offset", order_id, customer_id, status, currency, total_minor, placed_at, source, data)
  select r.version, r.changed_at, r."offset", r.order_id, r.customer_id, r.status, r.currency, r.total_minor,
    r.placed_at, r.source, r.data::jsonb
  from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::timestamptz[], $10::text[], $11::text[])
    as r(version, changed_at, "offset", order_id, customer_id, status, currency, total_minor, placed_at, source, data)
  on conflict (order_id) do update set
    version = excluded.version, changed_at = excluded.changed_at, "offset" = excluded."offset",
    customer_id = excluded.customer_id, status = excluded.status, currency = excluded.currency,
    total_minor = excluded.total_minor, source = excluded.source,
    data = excluded.data
  where ${isLater('o')}`;

/** What comes late may still tell of an earlier time. */
const placedSql = `
  update order_current o set placed_at = r.placed_at
  from unnest($1::text[], $2::timestamptz[]) as r(order_id, placed_at)
  where o.order_id = r.order_id and r.placed_at < o.placed_at`;

export async function writeOrders(client: PoolClient, items: readonly OfKind<'order'>[]): Promise<void> {
  if (items.length === 0) return;
  const rows = lastOfEach(items, ({ entityId }) => entityId);
  const placed = placedTimes(items);
  const ids = textArray(rows.map(({ value }) => value.orderId));
  const placedAt = timestamptzArray(rows.map(({ value }) => placed.get(value.orderId) ?? null));
  await client.query({
    name: 'write-order-current',
    text: orderSql,
    values: [
      ...placeColumns(rows),
      ids,
      textArray(rows.map(({ value }) => value.customerId)),
      textArray(rows.map(({ value }) => value.status)),
      textArray(rows.map(({ value }) => value.currency)),
      int8Array(rows.map(({ value }) => value.totalMinor)),
      placedAt,
      textArray(rows.map(({ source }) => storableText(source))),
      textArray(rows.map(({ value }) => storableJson(value))),
    ],
  });
  await client.query({ name: 'write-order-placed', text: placedSql, values: [ids, placedAt] });
}

/** When each order was placed as far as its events tell: the purchase, else the first event. */
function placedTimes(items: readonly OfKind<'order'>[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { entityId, value, timeMs } of items) {
    const atMs = value.purchasedAt ?? timeMs;
    times.set(entityId, Math.min(times.get(entityId) ?? atMs, atMs));
  }
  return times;
}

const paymentSql = `
  insert into payment_current as p
    (version, changed_at, "offset", payment_id, order_id, status, currency, amount_minor, refunded_minor, data)
  select r.version, r.changed_at, r."offset", r.payment_id, r.order_id, r.status, r.currency, r.amount_minor,
    r.refunded_minor, r.data::jsonb
  from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[], $10::text[])
    as r(version, changed_at, "offset", payment_id, order_id, status, currency, amount_minor, refunded_minor, data)
  on conflict (payment_id) do update set
    version = excluded.version, changed_at = excluded.changed_at, "offset" = excluded."offset",
    order_id = excluded.order_id, status = excluded.status, currency = excluded.currency,
    amount_minor = excluded.amount_minor, refunded_minor = excluded.refunded_minor, data = excluded.data
  where ${isLater('p')}`;

export async function writePayments(client: PoolClient, items: readonly OfKind<'payment'>[]): Promise<void> {
  if (items.length === 0) return;
  const rows = lastOfEach(items, ({ entityId }) => entityId);
  await client.query({
    name: 'write-payment-current',
    text: paymentSql,
    values: [
      ...placeColumns(rows),
      textArray(rows.map(({ value }) => value.paymentId)),
      textArray(rows.map(({ value }) => value.orderId)),
      textArray(rows.map(({ value }) => value.status)),
      textArray(rows.map(({ value }) => value.currency)),
      int8Array(rows.map(({ value }) => value.amountMinor)),
      int8Array(rows.map(({ value }) => value.refundedMinor)),
      textArray(rows.map(({ value }) => storableJson(value))),
    ],
  });
}

const customerSql = `
  insert into customer_current as c (version, changed_at, "offset", customer_id, status, registered_at, data)
  select r.version, r.changed_at, r."offset", r.customer_id, r.status, r.registered_at, r.data::jsonb
  from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    as r(version, changed_at, "offset", customer_id, status, registered_at, data)
  on conflict (customer_id) do update set
    version = excluded.version, changed_at = excluded.changed_at, "offset" = excluded."offset",
    status = excluded.status, registered_at = coalesce(excluded.registered_at, c.registered_at), data = excluded.data
  where ${isLater('c')}`;

export async function writeCustomers(client: PoolClient, items: readonly OfKind<'customer'>[]): Promise<void> {
  if (items.length === 0) return;
  const rows = lastOfEach(items, ({ entityId }) => entityId);
  await client.query({
    name: 'write-customer-current',
    text: customerSql,
    values: [
      ...placeColumns(rows),
      textArray(rows.map(({ value }) => value.customerId)),
      textArray(rows.map(({ value }) => value.status)),
      timestamptzArray(rows.map(({ value }) => value.registeredAt)),
      textArray(rows.map(({ value }) => storableJson(value))),
    ],
  });
}
