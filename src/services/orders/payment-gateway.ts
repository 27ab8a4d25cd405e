import type { PaymentMethod } from '../../catalogue/events.generated.ts';
import type { PaymentFailure } from '../../core/orders/payment.ts';

export interface ChargeRequest {
  /** One attempt at one payment: the same key never charges twice. */
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: PaymentMethod;
  /** The provider's token of the card or account. */
  readonly instrument: string;
  readonly installments: number;
}

export type ChargeAnswer =
  | { readonly status: 'captured'; readonly reference: string }
  /** The customer has yet to act; the provider tells later how it ended. */
  | { readonly status: 'pending'; readonly reference: string }
  | { readonly status: 'declined'; readonly failure: PaymentFailure }
  /** Given up by `cancel`. */
  | { readonly status: 'cancelled' };

/**
 * A payment provider. Every call may be repeated, and gives the answer that the first one with its key led to. A call
 * without an answer rejects with `EVENTBUS_ORDER_PAYMENT_PROVIDER` and may have had its effect. Choosing what to charge
 * and recording what came of it is not its job.
 */
export interface PaymentGateway {
  /** Name of the provider, as payment events carry it. */
  readonly name: string;
  charge(request: ChargeRequest): Promise<ChargeAnswer>;
  /**
   * Ends an attempt, also one that the provider has never heard of: afterwards its key cannot charge any more. Answers
   * `captured` when the money had been taken; nothing is given back by this.
   */
  cancel(attempt: Pick<ChargeRequest, 'idempotencyKey' | 'orderId' | 'currency'>): Promise<ChargeAnswer>;
  /** Gives back all that an attempt has captured, once. */
  refund(attempt: Pick<ChargeRequest, 'idempotencyKey'>): Promise<void>;
  /** Tells what a notification of the provider says about an attempt that was pending. */
  settle(
    attempt: Pick<ChargeRequest, 'idempotencyKey'>,
    outcome: 'captured' | 'declined',
  ): Promise<ChargeAnswer | null>;
}
