import { int8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { later, type OfKind } from './commerce-item.ts';

/** What a batch did to the stock of one product and warehouse. */
export interface StockChange {
  readonly productId: string;
  readonly warehouseId: string;
  /** Whether the amounts are the stock itself; else they are added to it. */
  readonly absolute: boolean;
  readonly onHand: number;
  readonly reserved: number;
  /** The last event that is contained. */
  readonly last: OfKind<'inventory'>;
}

/**
 * Sums events up to one change a product and warehouse, in the order of their keys. A writer tells either always or never
 * how much there is after its event; what is told replaces, what is not told adds up.
 */
export function stockChanges(items: readonly OfKind<'inventory'>[]): readonly StockChange[] {
  const changes = new Map<string, StockChange>();
  for (const item of items.toSorted(later)) {
    const { productId, warehouseId } = item.value;
    const key = JSON.stringify([productId, warehouseId ?? '']);
    changes.set(key, added(changes.get(key), item));
  }
  return [...changes].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, change]) => change);
}

function added(before: StockChange | undefined, item: OfKind<'inventory'>): StockChange {
  const { productId, warehouseId, onHand, reserved, onHandDelta, reservedDelta } = item.value;
  const same = { productId, warehouseId: warehouseId ?? '', last: item };
  if (onHand !== null && reserved !== null) return { ...same, absolute: true, onHand, reserved };
  return {
    ...same,
    absolute: before?.absolute ?? false,
    onHand: (before?.onHand ?? 0) + onHandDelta,
    reserved: (before?.reserved ?? 0) + reservedDelta,
  };
}

const rowsSql = `
  select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::bigint[])
    as r(product_id, warehouse_id, on_hand, reserved, version, changed_at, "offset")`;

const replaceSql = `
  insert into stock_current as s (product_id, warehouse_id, on_hand, reserved, version, changed_at, "offset") ${rowsSql}
  on conflict (product_id, warehouse_id) do update set
    on_hand = excluded.on_hand, reserved = excluded.reserved, version = excluded.version,
    changed_at = excluded.changed_at, "offset" = excluded."offset"
  where (excluded.version, excluded.changed_at, excluded."offset") > (s.version, s.changed_at, s."offset")`;

const addSql = `
  insert into stock_current as s (product_id, warehouse_id, on_hand, reserved, version, changed_at, "offset") ${rowsSql}
  on conflict (product_id, warehouse_id) do update set
    on_hand = s.on_hand + excluded.on_hand, reserved = s.reserved + excluded.reserved,
    version = greatest(s.version, excluded.version), changed_at = greatest(s.changed_at, excluded.changed_at),
    "offset" = greatest(s."offset", excluded."offset")`;

/** Writes what new events changed; an event must not come here twice. */
export async function writeStock(client: PoolClient, items: readonly OfKind<'inventory'>[]): Promise<void> {
  const changes = stockChanges(items);
  const told = changes.filter(({ absolute }) => absolute);
  const summed = changes.filter(({ absolute }) => !absolute);
  if (told.length > 0) {
    await client.query({ name: 'replace-stock-current', text: replaceSql, values: columnsOf(told) });
  }
  if (summed.length > 0) {
    await client.query({ name: 'add-stock-current', text: addSql, values: columnsOf(summed) });
  }
}

function columnsOf(changes: readonly StockChange[]): Buffer[] {
  return [
    textArray(changes.map(({ productId }) => productId)),
    textArray(changes.map(({ warehouseId }) => warehouseId)),
    int8Array(changes.map(({ onHand }) => onHand)),
    int8Array(changes.map(({ reserved }) => reserved)),
    int8Array(changes.map(({ last }) => last.version ?? 0)),
    timestamptzArray(changes.map(({ last }) => last.timeMs)),
    int8Array(changes.map(({ last }) => last.offset)),
  ];
}
