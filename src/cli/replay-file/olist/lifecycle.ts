import type { OrderEvent, OrderStatus, PaymentEvent } from '../../../catalogue/events.generated.ts';
import { derivedId } from '../../../codec/event-id.ts';
import type { OutgoingEvent } from '../../../kafka/publisher.ts';
import type { RecordedOrder, RecordedPayment } from './recorded-order.ts';

/** CloudEvents source of everything that is replayed from the files. */
export const recordedShop = 'recorded-shop';

/** What a file tells of an order at one moment. */
export interface Step {
  readonly order: RecordedOrder;
  /** ms since 1970-01-01 UTC. */
  readonly atMs: number;
  readonly kind: 'placed' | 'approved' | 'handed-over' | 'delivered' | 'ended';
  /** Number of the step in the order's history, 1 for the first. */
  readonly version: number;
  /** Status after the step. */
  readonly status: OrderStatus;
}

/** How far an order is with each status that a time stands for. */
const way: readonly OrderStatus[] = ['CREATED', 'APPROVED', 'SHIPPED', 'DELIVERED'];

/**
 * The steps of an order in the order of their times. Recorded times contradict each other now and then, a hand-over before
 * the approval for instance: steps come as recorded, but a status never goes back. Statuses that no time stands for
 * (invoiced, processing, unavailable, cancelled) are reached with the last time that is known, because it was not before.
 */
export function stepsOf(order: RecordedOrder): readonly Step[] {
  const { purchasedAt, approvedAt, handedToCarrierAt, deliveredAt } = order;
  const timed = [
    { kind: 'placed', status: 'CREATED', atMs: purchasedAt },
    { kind: 'approved', status: 'APPROVED', atMs: approvedAt },
    { kind: 'handed-over', status: 'SHIPPED', atMs: handedToCarrierAt },
    { kind: 'delivered', status: 'DELIVERED', atMs: deliveredAt },
  ] as const satisfies readonly { kind: Step['kind']; status: OrderStatus; atMs: number | null }[];
  const known = timed.flatMap((step) => (step.atMs === null ? [] : [{ ...step, atMs: step.atMs }]));
  known.sort((left, right) => left.atMs - right.atMs);
  const steps: Step[] = [];
  let reached: OrderStatus = 'CREATED';
  for (const { kind, status, atMs } of known) {
    if (way.indexOf(status) > way.indexOf(reached)) reached = status;
    steps.push({ order, atMs, kind, version: steps.length + 1, status: reached });
  }
  if (reached === order.status) return steps;
  const atMs = Math.max(...known.map((step) => step.atMs));
  return [...steps, { order, atMs, kind: 'ended', version: steps.length + 1, status: order.status }];
}

const changedFields = {
  placed: [],
  approved: ['status', 'approvedAt'],
  'handed-over': ['status', 'handedToCarrierAt'],
  delivered: ['status', 'deliveredAt'],
  ended: ['status'],
} as const satisfies Record<Step['kind'], readonly string[]>;

/** The events of a step: with the approval first the payments, then the order as it is afterwards. */
export function eventsOf(step: Step): readonly OutgoingEvent[] {
  const { order, kind } = step;
  const payments = kind === 'approved' ? order.payments.map((payment) => paymentEvent(step, payment)) : [];
  return [...payments, orderEvent(step)];
}

function orderEvent(step: Step): OutgoingEvent<'OrderEvent'> {
  const { order, atMs, version } = step;
  return {
    topic: 'order-events',
    key: order.orderId,
    subject: 'OrderEvent',
    value: orderValue(step),
    event: {
      // The same in every replay, so that a second one changes nothing.
      id: derivedId(order.orderId, recordedShop, version),
      source: recordedShop,
      type: orderType(step),
      time: new Date(atMs).toISOString(),
      subject: order.orderId,
    },
  };
}

function orderType({ kind, status }: Step): string {
  if (kind === 'placed') return 'order.created';
  if (kind === 'delivered') return 'order.completed';
  if (kind !== 'ended') return 'order.updated';
  if (status === 'CANCELLED') return 'order.cancelled';
  return status === 'DELIVERED' ? 'order.completed' : 'order.updated';
}

function orderValue({ order, kind, version, status, atMs }: Step): OrderEvent {
  const itemsMinor = order.lines.reduce((sum, { unitPriceMinor }) => sum + unitPriceMinor, 0);
  const freightMinor = order.lines.reduce((sum, line) => sum + line.freightMinor, 0);
  /** What lies behind at this step; the step of that very time included. */
  const known = (time: number | null, own: Step['kind'], place: number) =>
    time !== null && (kind === 'ended' || kind === own || time < atMs || (time === atMs && place < placeOf(kind)))
      ? time
      : null;
  return {
    orderId: order.orderId,
    customerId: order.customerId,
    status,
    currency: 'BRL',
    itemsMinor,
    freightMinor,
    discountMinor: 0,
    taxMinor: null,
    totalMinor: itemsMinor + freightMinor,
    lines: order.lines.map((line) => ({ ...line, quantity: 1 })),
    purchasedAt: order.purchasedAt,
    approvedAt: known(order.approvedAt, 'approved', 1),
    handedToCarrierAt: known(order.handedToCarrierAt, 'handed-over', 2),
    deliveredAt: known(order.deliveredAt, 'delivered', 3),
    estimatedDeliveryAt: order.estimatedDeliveryAt,
    cancellationReason: null,
    changedFields: changedFields[kind],
    channel: 'marketplace',
    country: 'BR',
    language: null,
    streamVersion: version,
    sagaId: null,
    correlationId: order.orderId,
    causationId: null,
  };
}

const kinds: readonly Step['kind'][] = ['placed', 'approved', 'handed-over', 'delivered', 'ended'];
const placeOf = (kind: Step['kind']) => kinds.indexOf(kind);

function paymentEvent({ order, atMs }: Step, payment: RecordedPayment): OutgoingEvent<'PaymentEvent'> {
  const paymentId = `${order.orderId}-${payment.sequence}`;
  const value: PaymentEvent = {
    paymentId,
    orderId: order.orderId,
    customerId: order.customerId,
    status: 'CAPTURED',
    amountMinor: payment.amountMinor,
    refundedMinor: 0,
    currency: 'BRL',
    method: payment.method,
    sequence: payment.sequence,
    installments: payment.installments,
    attempt: 1,
    provider: null,
    providerReference: null,
    failureCode: null,
    failureDetail: null,
    retryable: null,
    refundReason: null,
    streamVersion: 1,
    sagaId: null,
    correlationId: order.orderId,
    causationId: null,
  };
  return {
    topic: 'payment-events',
    key: order.orderId,
    subject: 'PaymentEvent',
    value,
    event: {
      id: derivedId(paymentId, recordedShop, 0),
      source: recordedShop,
      type: 'payment.processed',
      time: new Date(atMs).toISOString(),
      subject: paymentId,
    },
  };
}
