import { AppError } from '../../core/errors/app-error.ts';
import type { Order } from '../../core/orders/order.ts';
import type { Payment, PaymentFailure, PaymentTerms } from '../../core/orders/payment.ts';
import { maxPaymentAttempts } from '../../core/orders/saga.ts';
import { orders, payments, streams } from './aggregates.ts';
import type { CommandRunner } from './command-runner.ts';
import type { CommandHead, Versioned } from './order-commands.ts';
import type { ChargeAnswer, PaymentGateway } from './payment-gateway.ts';

/** One attempt at the payment of an order. */
export interface Attempt {
  readonly orderId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** How an attempt stands. */
export type AttemptOutcome =
  | { readonly status: 'captured' }
  | { readonly status: 'pending'; readonly payBy: number | null }
  | { readonly status: 'failed'; readonly failure: PaymentFailure };

/**
 * Takes and returns money: asks the provider, then records its answer under an id made of the attempt. Whatever is
 * repeated after a crash asks with the same key and records under the same id.
 */
export interface PaymentDesk {
  take(head: CommandHead, attempt: Attempt): Promise<AttemptOutcome>;
  /** Makes sure that the attempt costs the customer nothing: ends it, and gives back what it had captured. */
  close(head: CommandHead, attempt: Attempt & { readonly reason: string }): Promise<void>;
  /** Records how a pending payment ended, as the provider tells. */
  settle(head: CommandHead, orderId: string, outcome: 'captured' | 'declined'): Promise<Versioned<Payment>>;
}

const givenUp: PaymentFailure = {
  code: 'cancelled',
  detail: 'The payment was given up before anything was charged.',
  retryable: false,
};

export function makePaymentDesk({
  runner,
  gateway,
}: {
  readonly runner: CommandRunner;
  readonly gateway: PaymentGateway;
}): PaymentDesk {
  const record = (head: CommandHead, { order, attempt, answer }: Answered): Promise<unknown> => {
    const key = keyOf({ orderId: order.orderId, attempt });
    const facts = { terms: termsOf(order), attempt, provider: gateway.name };
    const stream = streams.payment(order.orderId);
    if (answer.status === 'captured') {
      const command = { type: 'record-capture', ...facts, reference: answer.reference } as const;
      return runner.run(payments, stream, { head: headOf(head, `${key}/captured`), command });
    }
    const failure = answer.status === 'declined' ? answer.failure : givenUp;
    const command = { type: 'record-failure', ...facts, failure } as const;
    return runner.run(payments, stream, { head: headOf(head, `${key}/${answer.status}`), command });
  };
  return {
    async take(head, { orderId, attempt }) {
      const order = await orderOf(runner, orderId);
      const { payBy = null, ...choice } = order.payment;
      const { totalMinor: amountMinor, currency } = order;
      const idempotencyKey = keyOf({ orderId, attempt });
      const answer = await gateway.charge({ idempotencyKey, orderId, amountMinor, currency, ...choice });
      if (answer.status === 'pending') return { status: 'pending', payBy };
      await record(head, { order, attempt, answer });
      if (answer.status === 'captured') return { status: 'captured' };
      return { status: 'failed', failure: answer.status === 'declined' ? answer.failure : givenUp };
    },
    async close(head, { orderId, attempt, reason }) {
      const order = await orderOf(runner, orderId);
      const idempotencyKey = keyOf({ orderId, attempt });
      const answer = await gateway.cancel({ idempotencyKey, orderId, currency: order.currency });
      if (answer.status === 'pending') {
        throw new AppError(
          'EVENTBUS_ORDER_PAYMENT_PROVIDER',
          `attempt ${idempotencyKey} is still pending after its end`,
        );
      }
      await record(head, { order, attempt, answer });
      if (answer.status !== 'captured') return;
      await gateway.refund({ idempotencyKey });
      const command = { type: 'record-refund', reason } as const;
      await runner.run(payments, streams.payment(orderId), {
        head: headOf(head, `${idempotencyKey}/refunded`),
        command,
      });
    },
    async settle(head, orderId, outcome) {
      const order = await orderOf(runner, orderId);
      const settled = await settleLast(gateway, orderId, outcome);
      if (settled !== null) await record(head, { order, ...settled });
      const payment = await runner.read(payments, streams.payment(orderId));
      if (payment === null) throw new AppError('EVENTBUS_ORDER_PAYMENT_UNKNOWN', `order ${orderId}`);
      return payment;
    },
  };
}

interface Answered {
  readonly order: Order;
  readonly attempt: number;
  readonly answer: Exclude<ChargeAnswer, { readonly status: 'pending' }>;
}

/** The provider's word on the newest attempt that it knows; null when it knows none. */
async function settleLast(
  gateway: PaymentGateway,
  orderId: string,
  outcome: 'captured' | 'declined',
): Promise<Omit<Answered, 'order'> | null> {
  for (let attempt = maxPaymentAttempts; attempt >= 1; attempt -= 1) {
    const answer = await gateway.settle({ idempotencyKey: keyOf({ orderId, attempt }) }, outcome);
    if (answer !== null && answer.status !== 'pending') return { attempt, answer };
  }
  return null;
}

function keyOf({ orderId, attempt }: Attempt): string {
  return `${paymentIdOf(orderId)}/${attempt}`;
}

function paymentIdOf(orderId: string): string {
  return `${orderId}/payment`;
}

function termsOf({ orderId, customerId, totalMinor, currency, payment }: Order): PaymentTerms {
  const { method, installments } = payment;
  return {
    paymentId: paymentIdOf(orderId),
    orderId,
    customerId,
    amountMinor: totalMinor,
    currency,
    method,
    installments,
  };
}

/** Recorded under the attempt's id, whoever noticed first, and on behalf of the one who did. */
function headOf({ expectedVersion: _other, ...head }: CommandHead, commandId: string): CommandHead {
  return { ...head, commandId };
}

async function orderOf(runner: CommandRunner, orderId: string): Promise<Order> {
  const order = await runner.read(orders, streams.order(orderId));
  if (order === null) throw new AppError('EVENTBUS_ORDER_UNKNOWN', `order ${orderId}`);
  return order.state;
}
