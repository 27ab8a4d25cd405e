import type { OrderEvent, OrderLine, PaymentMethod } from '../../catalogue/events.generated.ts';

/** How the customer wants to pay. */
export interface PaymentChoice {
  readonly method: PaymentMethod;
  /** The provider's token of the card or account; never a card number. */
  readonly instrument: string;
  readonly installments: number;
  /**
   * Until when a payment that the provider leaves open must be there, ms since 1970-01-01 UTC; then the order is cancelled.
   * @default - three days after the provider was asked
   */
  readonly payBy?: number | null | undefined;
}

/** What is told of an order to others, without what belongs to the single event. */
export type OrderFacts = Omit<
  OrderEvent,
  'cancellationReason' | 'changedFields' | 'streamVersion' | 'sagaId' | 'correlationId' | 'causationId'
>;

/** State of an order. */
export interface Order extends OrderFacts {
  readonly payment: PaymentChoice;
  readonly cancellationReason: string | null;
}

/** A line as it is ordered; numbers are given by the place in the list. */
export interface LineWish {
  readonly productId: string;
  readonly quantity: number;
  /** Price of one piece, minor units of the order's currency. */
  readonly unitPriceMinor: number;
  /** Freight of the whole line, minor units. @default 0 */
  readonly freightMinor?: number | undefined;
  readonly sellerId?: string | null | undefined;
  /** ms since 1970-01-01 UTC. */
  readonly shipBy?: number | null | undefined;
}

export interface OrderWish {
  readonly orderId: string;
  readonly customerId: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly lines: readonly LineWish[];
  readonly discountMinor?: number | undefined;
  readonly taxMinor?: number | null | undefined;
  readonly payment: PaymentChoice;
  readonly channel?: string | null | undefined;
  readonly country?: string | null | undefined;
  readonly language?: string | null | undefined;
  /** ms since 1970-01-01 UTC. */
  readonly estimatedDeliveryAt?: number | null | undefined;
}

/** `at` is when it happens, ms since 1970-01-01 UTC. */
export type OrderCommand =
  | { readonly type: 'place'; readonly at: number; readonly order: OrderWish }
  | { readonly type: 'note-stock-reserved'; readonly at: number }
  | { readonly type: 'approve'; readonly at: number }
  | { readonly type: 'complete'; readonly at: number }
  | { readonly type: 'ship'; readonly at: number }
  | { readonly type: 'deliver'; readonly at: number }
  | { readonly type: 'cancel'; readonly at: number; readonly reason: string };

export type OrderHappening =
  | { readonly type: 'order-placed'; readonly order: Order }
  | { readonly type: 'order-stock-reserved' }
  | { readonly type: 'order-approved'; readonly at: number }
  | { readonly type: 'order-completed' }
  | { readonly type: 'order-shipped'; readonly at: number }
  | { readonly type: 'order-delivered'; readonly at: number }
  | { readonly type: 'order-cancelled'; readonly reason: string };

/** Pieces wanted of each product: several lines of one product share one reservation. */
export function wantedPieces(lines: readonly Pick<OrderLine, 'productId' | 'quantity'>[]): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const { productId, quantity } of lines) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
  return wanted;
}
