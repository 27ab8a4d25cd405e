import type { PaymentMethod, PaymentStatus } from '../../catalogue/events.generated.ts';
import { accepted, type Decider, type Decision, misplaced, refused } from './decider.ts';
import { amountProblem, currencyProblem, firstProblem, idProblem } from './field-check.ts';

/** What is paid, by whom and how. */
export interface PaymentTerms {
  readonly paymentId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: PaymentMethod;
  readonly installments: number;
}

/** State of a payment: one an order, with as many attempts as it takes. */
export interface Payment extends PaymentTerms {
  readonly status: Extract<PaymentStatus, 'CAPTURED' | 'FAILED' | 'REFUNDED'>;
  readonly attempt: number;
  readonly provider: string;
  readonly providerReference: string | null;
  readonly refundedMinor: number;
  readonly failure: PaymentFailure | null;
  readonly refundReason: string | null;
}

export interface PaymentFailure {
  /** Machine-readable. */
  readonly code: string;
  /** One sentence for a person. */
  readonly detail: string;
  /** Whether a further attempt may succeed. */
  readonly retryable: boolean;
}

/** Commands record what the provider has answered: the decision to pay was made before, by the saga. */
export type PaymentCommand =
  | {
      readonly type: 'record-capture';
      readonly terms: PaymentTerms;
      readonly attempt: number;
      readonly provider: string;
      readonly reference: string;
    }
  | {
      readonly type: 'record-failure';
      readonly terms: PaymentTerms;
      readonly attempt: number;
      readonly provider: string;
      readonly failure: PaymentFailure;
    }
  | { readonly type: 'record-refund'; readonly reason: string };

export type PaymentHappening =
  | {
      readonly type: 'payment-captured';
      readonly terms: PaymentTerms;
      readonly attempt: number;
      readonly provider: string;
      readonly reference: string;
    }
  | {
      readonly type: 'payment-failed';
      readonly terms: PaymentTerms;
      readonly attempt: number;
      readonly provider: string;
      readonly failure: PaymentFailure;
    }
  | { readonly type: 'payment-refunded'; readonly amountMinor: number; readonly reason: string };

export const paymentDecider: Decider<Payment, PaymentCommand, PaymentHappening> = {
  kind: 'payment',
  stateFormat: 1,
  decide,
  evolve,
};

function decide(payment: Payment | null, command: PaymentCommand): Decision<PaymentHappening> {
  if (command.type === 'record-refund') return refund(payment, command.reason);
  const { terms, attempt } = command;
  const problem = firstProblem([
    idProblem('paymentId', terms.paymentId),
    idProblem('orderId', terms.orderId),
    amountProblem('amountMinor', terms.amountMinor),
    currencyProblem('currency', terms.currency),
  ]);
  if (problem !== null) return problem;
  if (command.type === 'record-capture') {
    // A second capture would be a second charge; the first one may be told again.
    if (payment?.status === 'CAPTURED' || payment?.status === 'REFUNDED') {
      return payment.providerReference === command.reference ? accepted() : settled(payment, command.type);
    }
    return accepted({ ...command, type: 'payment-captured' });
  }
  if (payment === null || (payment.status === 'FAILED' && payment.attempt < attempt)) {
    return accepted({ ...command, type: 'payment-failed' });
  }
  return payment.status === 'FAILED' ? accepted() : settled(payment, command.type);
}

function settled({ paymentId, status }: Payment, type: string): Decision<PaymentHappening> {
  return refused('EVENTBUS_ORDER_PAYMENT_STATE', `${type} of payment ${paymentId}, which is ${status}`);
}

function refund(payment: Payment | null, reason: string): Decision<PaymentHappening> {
  if (payment === null) return refused('EVENTBUS_ORDER_PAYMENT_UNKNOWN', 'a refund of what was never paid');
  if (payment.status === 'REFUNDED') return accepted();
  if (payment.status !== 'CAPTURED') {
    return refused(
      'EVENTBUS_ORDER_PAYMENT_STATE',
      `a refund of payment ${payment.paymentId}, which is ${payment.status}`,
    );
  }
  return accepted({ type: 'payment-refunded', amountMinor: payment.amountMinor, reason });
}

function evolve(payment: Payment | null, event: PaymentHappening): Payment {
  switch (event.type) {
    case 'payment-captured':
    case 'payment-failed':
      return {
        ...event.terms,
        status: event.type === 'payment-captured' ? 'CAPTURED' : 'FAILED',
        attempt: event.attempt,
        provider: event.provider,
        providerReference: event.type === 'payment-captured' ? event.reference : null,
        refundedMinor: 0,
        failure: event.type === 'payment-failed' ? event.failure : null,
        refundReason: null,
      };
    case 'payment-refunded':
    default:
      if (payment === null) throw misplaced('payment', event);
      return { ...payment, status: 'REFUNDED', refundedMinor: event.amountMinor, refundReason: event.reason };
  }
}
