import type { OrderEvent, PaymentEvent } from '../../catalogue/events.generated.ts';
import type { SagaFact } from './saga.ts';

/** What an event means for the saga of its order. */
export interface ToldFact {
  readonly orderId: string;
  readonly fact: SagaFact;
  /** Whether the event is about the order itself, and so may begin its saga. */
  readonly begins: boolean;
}

/**
 * What a saga hears of an order from others; of what it does itself it has the answers.
 * @param type CloudEvents type; null when the event says nothing that a saga needs to know
 */
export function orderFact(type: string, { orderId, cancellationReason }: OrderEvent): ToldFact | null {
  switch (type) {
    case 'order.created':
      return { orderId, fact: { type: 'order-placed' }, begins: true };
    case 'order.cancelled':
      return { orderId, fact: { type: 'order-cancelled', reason: cancellationReason ?? 'cancelled' }, begins: true };
    default:
      return null;
  }
}

/**
 * How a payment ended, which the provider may tell at any time.
 * @param type CloudEvents type; null when the event says nothing that a saga needs to know
 */
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
    default:
      return null;
  }
}
