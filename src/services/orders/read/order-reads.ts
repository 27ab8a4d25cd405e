import { AppError } from '../../../core/errors/app-error.ts';
import { onConnection, type Pool, type PoolClient } from '../../../postgres/pool.ts';
import { type OrderPage, orderCounts, ordersOf, type PageRequest } from './customer-orders.ts';
import { type CustomerView, customerOf } from './customer-view.ts';
import { type HistoryEntry, historyOf } from './order-history.ts';
import { type OrderView, orderAt, orderNow } from './order-view.ts';
import { type SagaView, sagaOfOrder } from './saga-view.ts';
import { type StockView, stockOf } from './stock-view.ts';

/** The read side of the shop: what the projector has written, a moment behind the commands. */
export interface OrderReads {
  order(orderId: string, minVersion?: number): Promise<OrderView | null>;
  /** The order with its payments as they were at a time, ms since 1970-01-01 UTC; null before its first event. */
  orderAt(orderId: string, timeMs: number): Promise<OrderView | null>;
  /** Events of the order, its payments and the stock for it, oldest first. */
  history(orderId: string, minVersion?: number): Promise<readonly HistoryEntry[]>;
  customerOrders(customerId: string, page: PageRequest): Promise<OrderPage>;
  customer(customerId: string, minVersion?: number): Promise<CustomerView | null>;
  stock(productId: string, minVersion?: number): Promise<StockView | null>;
  saga(orderId: string): Promise<SagaView | null>;
  counts(): Promise<Readonly<Record<string, number>>>;
}

export interface OrderReadsOptions {
  readonly pool: Pool;
  /**
   * How long a read waits for the version that it was asked for, ms.
   * @default 2000
   */
  readonly patienceMs?: number;
  readonly sleep?: (ms: number) => Promise<void>;
}

const pollMs = 25;

/** @throws AppError EVENTBUS_API_NOT_YET by reads whose version did not come in time */
export function makeOrderReads({ pool, patienceMs = 2_000, sleep = delay }: OrderReadsOptions): OrderReads {
  const on = <T>(read: (client: PoolClient) => Promise<T>) => onConnection(pool, read);
  /** Repeats a read until what it finds has the version. */
  async function reaching<T>(
    wanted: number | undefined,
    read: () => Promise<T>,
    versionOf: (found: T) => number,
  ): Promise<T> {
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      const found = await read();
      const version = versionOf(found);
      if (wanted === undefined || version >= wanted) return found;
      if (waitedMs >= patienceMs) {
        throw new AppError('EVENTBUS_API_NOT_YET', `version ${version} is there, ${wanted} was asked for`);
      }
      await sleep(pollMs);
    }
  }
  return {
    order: (orderId, wanted) => reaching(wanted, () => on((client) => orderNow(client, orderId)), of),
    orderAt: (orderId, timeMs) => on((client) => orderAt(client, orderId, timeMs)),
    history: (orderId, wanted) =>
      reaching(wanted, () => on((client) => historyOf(client, orderId)), ofHistory(orderId)),
    customerOrders: (customerId, page) => on((client) => ordersOf(client, customerId, page)),
    customer: (customerId, wanted) => reaching(wanted, () => on((client) => customerOf(client, customerId)), of),
    stock: (productId, wanted) => reaching(wanted, () => on((client) => stockOf(client, productId)), of),
    saga: (orderId) => on((client) => sagaOfOrder(client, orderId)),
    counts: () => on(orderCounts),
  };
}

function of(view: { readonly version: number } | null): number {
  return view?.version ?? 0;
}

function ofHistory(orderId: string): (events: readonly HistoryEntry[]) => number {
  return (events) =>
    Math.max(0, ...events.filter(({ entityId }) => entityId === orderId).map(({ version }) => version ?? 0));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
