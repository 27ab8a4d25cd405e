import type { InventoryEvent, OrderEvent, PaymentEvent } from '../../catalogue/events.generated.ts';
import type { SagaFact } from './saga.ts';

/** What an event means for the saga of its order. */
export interface ToldFact {
  readonly orderId: string;
  readonly fact: SagaFact;
  /** Whether the event is about the order itself, and so may begin its saga. */
  readonly begins: boolean;
}

/** @param type CloudEvents type; null when the event says nothing that a saga needs to know */
export function orderFact(type: string, { orderId, status, cancellationReason }: OrderEvent): ToldFact | null {
  switch (type) {
    case 'order.created':
      return { orderId, fact: { type: 'order-placed' }, begins: true };
    case 'order.cancelled':
      return { orderId, fact: { type: 'order-cancelled', reason: cancellationReason ?? 'cancelled' }, begins: true };
    case 'order.completed':
      return { orderId, fact: { type: 'order-completed' }, begins: false };
    default:
      if (status === 'STOCK_RESERVED') return { orderId, fact: { type: 'order-noted' }, begins: false };
      return status === 'APPROVED' ? { orderId, fact: { type: 'order-approved' }, begins: false } : null;
  }
}

/** @param type CloudEvents type */
export function inventoryFact(type: string, { orderId, productId, reason }: InventoryEvent): ToldFact | null {
  if (orderId === null) return null;
  switch (type) {
    case 'inventory.reserved':
      return { orderId, fact: { type: 'stock-reserved', productId }, begins: false };
    case 'inventory.released':
      return { orderId, fact: { type: 'stock-gone', productId }, begins: false };
    default:
      return reason === 'SOLD' ? { orderId, fact: { type: 'stock-taken', productId }, begins: false } : null;
  }
}

/** @param type CloudEvents type */
export function paymentFact(type: string, payment: PaymentEvent): ToldFact | null {
  const { orderId, attempt, failureCode, retryable } = payment;
  switch (type) {
    case 'payment.processed':
      return { orderId, fact: { type: 'payment-captured', attempt }, begins: false };
    case 'payment.failed': {
      const reason = `payment-${failureCode ?? 'failed'}`;
      return {
        orderId,
        fact: { type: 'payment-failed', attempt, retryable: retryable ?? false, reason },
        begins: false,
      };
    }
    case 'payment.refunded':
      return { orderId, fact: { type: 'payment-over' }, begins: false };
    default:
      return null;
  }
}
