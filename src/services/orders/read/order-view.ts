import type { OrderEvent, PaymentEvent } from '../../../catalogue/events.generated.ts';
import type { PoolClient } from '../../../postgres/pool.ts';
import { shownTime } from './shown-time.ts';

/** An order as the API shows it; times are RFC 3339. */
export interface OrderView
  extends Pick<
    OrderEvent,
    | 'orderId'
    | 'customerId'
    | 'status'
    | 'currency'
    | 'itemsMinor'
    | 'freightMinor'
    | 'discountMinor'
    | 'taxMinor'
    | 'totalMinor'
    | 'cancellationReason'
    | 'channel'
    | 'country'
    | 'language'
  > {
  readonly lines: readonly (Omit<OrderEvent['lines'][number], 'shipBy'> & { readonly shipBy: string | null })[];
  readonly purchasedAt: string | null;
  readonly approvedAt: string | null;
  readonly handedToCarrierAt: string | null;
  readonly deliveredAt: string | null;
  readonly estimatedDeliveryAt: string | null;
  readonly source: string;
  readonly changedAt: string;
  readonly version: number;
  readonly payments: readonly PaymentView[];
}

export interface PaymentView
  extends Pick<
    PaymentEvent,
    | 'paymentId'
    | 'status'
    | 'amountMinor'
    | 'refundedMinor'
    | 'currency'
    | 'method'
    | 'installments'
    | 'attempt'
    | 'failureCode'
    | 'failureDetail'
  > {
  readonly changedAt: string;
  readonly version: number;
}

interface Row<Event> {
  readonly data: Event;
  readonly changed_at: Date;
  readonly version: number;
}

type OrderRow = Row<OrderEvent> & { readonly source: string };

const orderNowSql = 'select data, changed_at, version, source from order_current where order_id = $1';
const paymentsNowSql = 'select data, changed_at, version from payment_current where order_id = $1';

/** The order as its last events left it; null when the read model has none. */
export async function orderNow(client: PoolClient, orderId: string): Promise<OrderView | null> {
  const [orders, payments] = await Promise.all([
    client.query<OrderRow>(orderNowSql, [orderId]),
    client.query<Row<PaymentEvent>>(paymentsNowSql, [orderId]),
  ]);
  return viewOf(orders.rows[0], payments.rows);
}

/** Events tell how things are after them, so that the state at a time is what the last one by then says. */
const orderAtSql = `
  select data, time as changed_at, coalesce(version, 0) as version, source from commerce_event
  where order_id = $1 and topic = 'order-events' and time <= $2
  order by coalesce(version, 0) desc, time desc, "offset" desc limit 1`;
const paymentsAtSql = `
  select distinct on (entity_id) data, time as changed_at, coalesce(version, 0) as version from commerce_event
  where order_id = $1 and topic = 'payment-events' and time <= $2
  order by entity_id, coalesce(version, 0) desc, time desc, "offset" desc`;

/** The order as it was at a time, ms since 1970-01-01 UTC; null before its first event. */
export async function orderAt(client: PoolClient, orderId: string, timeMs: number): Promise<OrderView | null> {
  const values = [orderId, new Date(timeMs)];
  const [orders, payments] = await Promise.all([
    client.query<OrderRow>(orderAtSql, values),
    client.query<Row<PaymentEvent>>(paymentsAtSql, values),
  ]);
  return viewOf(orders.rows[0], payments.rows);
}

function viewOf(row: OrderRow | undefined, payments: readonly Row<PaymentEvent>[]): OrderView | null {
  if (row === undefined) return null;
  const { data, source, changed_at: changedAt, version } = row;
  return {
    orderId: data.orderId,
    customerId: data.customerId,
    status: data.status,
    currency: data.currency,
    itemsMinor: data.itemsMinor,
    freightMinor: data.freightMinor,
    discountMinor: data.discountMinor,
    taxMinor: data.taxMinor,
    totalMinor: data.totalMinor,
    lines: data.lines.map(lineView),
    purchasedAt: shownTime(data.purchasedAt),
    approvedAt: shownTime(data.approvedAt),
    handedToCarrierAt: shownTime(data.handedToCarrierAt),
    deliveredAt: shownTime(data.deliveredAt),
    estimatedDeliveryAt: shownTime(data.estimatedDeliveryAt),
    cancellationReason: data.cancellationReason,
    channel: data.channel,
    country: data.country,
    language: data.language,
    source,
    changedAt: changedAt.toISOString(),
    version,
    payments: payments.toSorted(({ data: left }, { data: right }) => left.sequence - right.sequence).map(paymentView),
  };
}

function lineView(line: OrderEvent['lines'][number]): OrderView['lines'][number] {
  return {
    lineNumber: line.lineNumber,
    productId: line.productId,
    sellerId: line.sellerId,
    quantity: line.quantity,
    unitPriceMinor: line.unitPriceMinor,
    freightMinor: line.freightMinor,
    shipBy: shownTime(line.shipBy),
  };
}

function paymentView({ data, changed_at: changedAt, version }: Row<PaymentEvent>): PaymentView {
  return {
    paymentId: data.paymentId,
    status: data.status,
    amountMinor: data.amountMinor,
    refundedMinor: data.refundedMinor,
    currency: data.currency,
    method: data.method,
    installments: data.installments,
    attempt: data.attempt,
    failureCode: data.failureCode,
    failureDetail: data.failureDetail,
    changedAt: changedAt.toISOString(),
    version,
  };
}
