import type { PoolClient } from '../../../postgres/pool.ts';

/** Stock of a product in all of its warehouses. */
export interface StockView {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  /** What can be ordered. */
  readonly free: number;
  readonly changedAt: string;
  readonly version: number;
}

const stockSql = `
  select sum(on_hand)::bigint as on_hand, sum(reserved)::bigint as reserved, max(changed_at) as changed_at,
    max(version) as version
  from stock_current where product_id = $1 having count(*) > 0`;

interface StockRow {
  readonly on_hand: number;
  readonly reserved: number;
  readonly changed_at: Date;
  readonly version: number;
}

export async function stockOf(client: PoolClient, productId: string): Promise<StockView | null> {
  const { rows } = await client.query<StockRow>(stockSql, [productId]);
  const [row] = rows;
  if (row === undefined) return null;
  const { on_hand: onHand, reserved, changed_at: changedAt, version } = row;
  return { productId, onHand, reserved, free: onHand - reserved, changedAt: changedAt.toISOString(), version };
}
