import type { CustomerEvent, InventoryEvent, OrderEvent, PaymentEvent } from '../../catalogue/events.generated.ts';
import type { Customer, CustomerHappening } from './customer.ts';
import type { Stock, StockHappening } from './inventory.ts';
import type { Order, OrderHappening } from './order.ts';
import type { Payment, PaymentHappening } from './payment.ts';

/** What every published event tells of itself. */
export interface Provenance {
  /** Number of the event in its stream, 1 for the first. */
  readonly streamVersion: number;
  readonly sagaId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

/** An event for a topic, with the state after it. */
export type Publication =
  | PublicationOf<'order-events', 'OrderEvent', OrderEvent>
  | PublicationOf<'inventory-events', 'InventoryEvent', InventoryEvent>
  | PublicationOf<'payment-events', 'PaymentEvent', PaymentEvent>
  | PublicationOf<'customer-events', 'CustomerEvent', CustomerEvent>;

interface PublicationOf<Topic, Subject, Value> {
  readonly topic: Topic;
  readonly subject: Subject;
  readonly key: string;
  /** CloudEvents type. */
  readonly type: string;
  /** CloudEvents source: the service that answers for the topic. */
  readonly source: string;
  readonly value: Value;
}

/** What a step changes besides what its type says. */
const orderChanges = {
  'order-placed': [],
  'order-stock-reserved': ['status'],
  'order-approved': ['status', 'approvedAt'],
  'order-completed': [],
  'order-shipped': ['status', 'handedToCarrierAt'],
  'order-delivered': ['status', 'deliveredAt'],
  'order-cancelled': [],
} as const satisfies Record<OrderHappening['type'], readonly string[]>;

const orderTypes = {
  'order-placed': 'order.created',
  'order-stock-reserved': 'order.updated',
  'order-approved': 'order.updated',
  'order-completed': 'order.completed',
  'order-shipped': 'order.updated',
  'order-delivered': 'order.updated',
  'order-cancelled': 'order.cancelled',
} as const satisfies Record<OrderHappening['type'], string>;

export function publishOrder(order: Order, { type }: OrderHappening, provenance: Provenance): Publication {
  const { payment: _kept, ...facts } = order;
  return {
    topic: 'order-events',
    subject: 'OrderEvent',
    key: order.orderId,
    type: orderTypes[type],
    source: 'order-service',
    value: { ...facts, changedFields: orderChanges[type], ...provenance },
  };
}

const stockTypes = {
  'stock-changed': 'inventory.updated',
  'stock-reserved': 'inventory.reserved',
  'stock-released': 'inventory.released',
  'stock-taken': 'inventory.updated',
} as const satisfies Record<StockHappening['type'], string>;

export function publishStock(stock: Stock, event: StockHappening, provenance: Provenance): Publication {
  const { productId, onHand, reserved } = stock;
  const orderId = event.type === 'stock-changed' ? null : event.orderId;
  return {
    topic: 'inventory-events',
    subject: 'InventoryEvent',
    key: productId,
    type: stockTypes[event.type],
    source: 'inventory-service',
    value: {
      productId,
      warehouseId: null,
      ...stockDeltas(event),
      onHand,
      reserved,
      reservationId: orderId === null ? null : `${orderId}/${productId}`,
      reservedUntil: null,
      orderId,
      lineNumber: null,
      ...provenance,
    },
  };
}

function stockDeltas(event: StockHappening): Pick<InventoryEvent, 'onHandDelta' | 'reservedDelta' | 'reason'> {
  switch (event.type) {
    case 'stock-changed':
      return { onHandDelta: event.delta, reservedDelta: 0, reason: event.reason };
    case 'stock-reserved':
      return { onHandDelta: 0, reservedDelta: event.quantity, reason: 'ORDERED' };
    case 'stock-released':
      return { onHandDelta: 0, reservedDelta: -event.quantity, reason: 'ORDER_CANCELLED' };
    case 'stock-taken':
    default:
      return { onHandDelta: -event.quantity, reservedDelta: -event.quantity, reason: 'SOLD' };
  }
}

const paymentTypes = {
  'payment-captured': 'payment.processed',
  'payment-failed': 'payment.failed',
  'payment-refunded': 'payment.refunded',
} as const satisfies Record<PaymentHappening['type'], string>;

export function publishPayment(payment: Payment, { type }: PaymentHappening, provenance: Provenance): Publication {
  const { failure, ...facts } = payment;
  return {
    topic: 'payment-events',
    subject: 'PaymentEvent',
    key: payment.orderId,
    type: paymentTypes[type],
    source: 'payment-service',
    value: {
      ...facts,
      sequence: 1,
      failureCode: failure?.code ?? null,
      failureDetail: failure?.detail ?? null,
      retryable: failure?.retryable ?? null,
      ...provenance,
    },
  };
}

export function publishCustomer(customer: Customer, event: CustomerHappening, provenance: Provenance): Publication {
  const registered = event.type === 'customer-registered';
  return {
    topic: 'customer-events',
    subject: 'CustomerEvent',
    key: customer.customerId,
    type: registered ? 'customer.registered' : 'customer.updated',
    source: 'customer-service',
    value: { ...customer, changedFields: registered ? [] : Object.keys(event.changes), ...provenance },
  };
}
