import { AppError } from '../../../core/errors/app-error.ts';
import type { PoolClient } from '../../../postgres/pool.ts';

export interface OrderSummary {
  readonly orderId: string;
  readonly status: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly placedAt: string;
  readonly changedAt: string;
  readonly version: number;
}

export interface OrderPage {
  readonly items: readonly OrderSummary[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

export interface PageRequest {
  readonly limit: number;
  /** What the page before said. */
  readonly cursor?: string | undefined;
  readonly status?: string | undefined;
}

const pageSql = `
  select order_id as "orderId", status, currency, total_minor as "totalMinor", placed_at as "placedAt",
    changed_at as "changedAt", version
  from order_current
  where customer_id = $1 and ($2::text is null or status = $2)
    and ($3::timestamptz is null or (placed_at, order_id) < ($3, $4))
  order by placed_at desc, order_id desc limit $5`;

type PageRow = Omit<OrderSummary, 'placedAt' | 'changedAt'> & { readonly placedAt: Date; readonly changedAt: Date };

/** Orders of a customer, latest first. */
export async function ordersOf(client: PoolClient, customerId: string, page: PageRequest): Promise<OrderPage> {
  const after = page.cursor === undefined ? null : placeOf(page.cursor);
  const { rows } = await client.query<PageRow>(pageSql, [
    customerId,
    page.status ?? null,
    after?.placedAt ?? null,
    after?.orderId ?? null,
    // One more tells whether there is a next page.
    page.limit + 1,
  ]);
  const items = rows.slice(0, page.limit).map((row) => ({
    ...row,
    placedAt: row.placedAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
  }));
  const last = items.at(-1);
  return { items, next: rows.length > page.limit && last !== undefined ? cursorOf(last) : null };
}

function cursorOf({ placedAt, orderId }: OrderSummary): string {
  return Buffer.from(JSON.stringify([placedAt, orderId])).toString('base64url');
}

function placeOf(cursor: string): Pick<OrderSummary, 'placedAt' | 'orderId'> {
  try {
    const [placedAt, orderId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[];
    if (typeof placedAt === 'string' && !Number.isNaN(Date.parse(placedAt)) && typeof orderId === 'string') {
      return { placedAt, orderId };
    }
  } catch {
    // Told below, as for any other text.
  }
  throw new AppError('EVENTBUS_API_PARAMETER_INVALID', `the cursor "${cursor.slice(0, 80)}" was not given out here`);
}

/** Orders in each status that occurs. */
export async function orderCounts(client: PoolClient): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ status: string; orders: number }>(
    'select status, count(*) as orders from order_current group by status order by status',
  );
  return Object.fromEntries(rows.map(({ status, orders }) => [status, orders]));
}
