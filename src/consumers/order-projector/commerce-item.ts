import type { CustomerEvent, InventoryEvent, OrderEvent, PaymentEvent } from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import type { Item } from '../batch/processor.ts';

/** A value of any topic of the shop. */
export type Commerce = OrderEvent | InventoryEvent | PaymentEvent | CustomerEvent;

interface Common {
  /** UUID. */
  readonly eventId: string;
  readonly offset: number;
  readonly type: string;
  readonly source: string;
  /** Time of the event, ms since 1970-01-01 UTC. */
  readonly timeMs: number;
  /** Order, payment, product or customer whose history the version counts. */
  readonly entityId: string;
  /** Order that the event belongs to. */
  readonly orderId: string | null;
  readonly version: number | null;
}

/** An event of the shop, told apart by its topic. */
export type CommerceItem = Common &
  (
    | { readonly kind: 'order'; readonly value: OrderEvent }
    | { readonly kind: 'payment'; readonly value: PaymentEvent }
    | { readonly kind: 'inventory'; readonly value: InventoryEvent }
    | { readonly kind: 'customer'; readonly value: CustomerEvent }
  );

export type CommerceKind = CommerceItem['kind'];

/** An item of one kind. */
export type OfKind<K extends CommerceKind> = Extract<CommerceItem, { readonly kind: K }>;

/**
 * Reads what the read models need of a record.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION for a topic that is none of the shop's
 */
export function commerceItemOf(item: Item<Commerce>): CommerceItem {
  const { event, offset, timestampMs, topic } = item;
  const statedMs = Date.parse(event.time ?? '');
  const common = {
    eventId: storedEventId(event.id),
    offset,
    type: event.type,
    source: event.source,
    timeMs: Number.isNaN(statedMs) ? timestampMs : statedMs,
  };
  switch (topic) {
    case 'order-events': {
      const value = item.value as OrderEvent;
      const { orderId, streamVersion } = value;
      return { ...common, kind: 'order', value, entityId: orderId, orderId, version: streamVersion };
    }
    case 'payment-events': {
      const value = item.value as PaymentEvent;
      const { paymentId, orderId, streamVersion } = value;
      return { ...common, kind: 'payment', value, entityId: paymentId, orderId, version: streamVersion };
    }
    case 'inventory-events': {
      const value = item.value as InventoryEvent;
      const { productId, orderId, streamVersion } = value;
      return { ...common, kind: 'inventory', value, entityId: productId, orderId, version: streamVersion };
    }
    case 'customer-events': {
      const value = item.value as CustomerEvent;
      const { customerId, streamVersion } = value;
      return { ...common, kind: 'customer', value, entityId: customerId, orderId: null, version: streamVersion };
    }
    default:
      throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `topic "${topic}" is none of the shop's`);
  }
}

/** Compares two events of one entity: positive when `left` is the later one. Events with a version come after those without. */
export function later(left: Common, right: Common): number {
  return (left.version ?? 0) - (right.version ?? 0) || left.timeMs - right.timeMs || left.offset - right.offset;
}

/** The last event of each entity, in the order of the entities' ids, so that transactions take rows in one order. */
export function lastOfEach<T extends Common>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const last = new Map<string, T>();
  for (const item of items) {
    const known = last.get(keyOf(item));
    if (known === undefined || later(item, known) > 0) last.set(keyOf(item), item);
  }
  return [...last].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item);
}
