import type { OrderStatus, PaymentMethod } from '../../../catalogue/events.generated.ts';

/** A line of a recorded order; amounts in minor units. */
export interface RecordedLine {
  readonly lineNumber: number;
  readonly productId: string;
  readonly sellerId: string | null;
  readonly unitPriceMinor: number;
  readonly freightMinor: number;
  /** ms since 1970-01-01 UTC. */
  readonly shipBy: number | null;
}

/** A payment of a recorded order; minor units. */
export interface RecordedPayment {
  readonly sequence: number;
  readonly method: PaymentMethod;
  readonly installments: number;
  readonly amountMinor: number;
}

/** An order as the three files tell of it; times in ms since 1970-01-01 UTC. */
export interface RecordedOrder {
  readonly orderId: string;
  readonly customerId: string;
  /** As the order stood when the files were written. */
  readonly status: OrderStatus;
  readonly purchasedAt: number;
  readonly approvedAt: number | null;
  readonly handedToCarrierAt: number | null;
  readonly deliveredAt: number | null;
  readonly estimatedDeliveryAt: number | null;
  readonly lines: readonly RecordedLine[];
  readonly payments: readonly RecordedPayment[];
}
