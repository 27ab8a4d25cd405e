import { AppError } from '../../core/errors/app-error.ts';
import { answersAt, simulatedCharge } from '../../core/orders/simulated-provider.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import type { ChargeAnswer, ChargeRequest, PaymentGateway } from './payment-gateway.ts';

interface Book {
  readonly status: ChargeAnswer['status'];
  readonly answer: Extract<ChargeAnswer, { readonly status: 'declined' }>['failure'] | Record<string, never>;
  readonly calls: number;
}

const chargeSql = `
  insert into simulated_payment as p (idempotency_key, order_id, status, answer, amount_minor, currency)
  values ($1, $2, $3, $4::jsonb, $5, $6)
  on conflict (idempotency_key) do update set calls = p.calls + 1
  returning status, answer, calls`;

const cancelSql = `
  insert into simulated_payment as p (idempotency_key, order_id, status, answer, amount_minor, currency, calls)
  values ($1, $2, 'cancelled', '{}', 0, $3, 0)
  on conflict (idempotency_key) do update
    set status = case when p.status = 'pending' then 'cancelled' else p.status end
  returning status, answer, calls`;

const refundSql = `
  update simulated_payment set refunded_minor = amount_minor
  where idempotency_key = $1 and status = 'captured' returning status`;

const settleSql = `
  update simulated_payment set status = case when status = 'pending' then $2 else status end,
    answer = case when status = 'pending' then $3::jsonb else answer end
  where idempotency_key = $1 returning status, answer, calls`;

const notPaid = { code: 'not_paid', detail: 'The customer did not pay.', retryable: false };

/**
 * A payment provider that takes no money: it stands in where no real one is named, on one machine and on AWS. Its
 * answers follow from the request alone, see `simulatedCharge`; its books are a table, so that they outlive every crash.
 */
export function makeSimulatedGateway(pool: Pool): PaymentGateway {
  const one = async (text: string, values: readonly unknown[]): Promise<Book | undefined> => {
    const { rows } = await onConnection(pool, (client) => client.query<Book>(text, [...values]));
    return rows[0];
  };
  return {
    name: 'simulated',
    async charge(request) {
      const { idempotencyKey, instrument } = request;
      if (answersAt(instrument, 1) === 'never-heard') throw silence(idempotencyKey);
      const charge = simulatedCharge({ ...request, attempt: attemptOf(request) });
      const answer = JSON.stringify(charge.status === 'declined' ? charge.failure : {});
      const { orderId, amountMinor, currency } = request;
      const values = [idempotencyKey, orderId, charge.status, answer, amountMinor, currency];
      const book = (await one(chargeSql, values)) as Book;
      if (answersAt(instrument, book.calls) === 'answer-lost') throw silence(idempotencyKey);
      return answerOf(idempotencyKey, book);
    },
    async cancel({ idempotencyKey, orderId, currency }) {
      return answerOf(idempotencyKey, (await one(cancelSql, [idempotencyKey, orderId, currency])) as Book);
    },
    async refund({ idempotencyKey }) {
      if ((await one(refundSql, [idempotencyKey])) !== undefined) return;
      throw new AppError('EVENTBUS_ORDER_PAYMENT_STATE', `a refund of ${idempotencyKey}, which captured nothing`);
    },
    async settle({ idempotencyKey }, outcome) {
      const book = await one(settleSql, [
        idempotencyKey,
        outcome,
        JSON.stringify(outcome === 'declined' ? notPaid : {}),
      ]);
      return book === undefined ? null : answerOf(idempotencyKey, book);
    },
  };
}

function silence(key: string): AppError {
  return new AppError('EVENTBUS_ORDER_PAYMENT_PROVIDER', `the simulated provider, asked to charge ${key}`);
}

/** The attempt is the last part of the key. */
function attemptOf({ idempotencyKey }: ChargeRequest): number {
  return Number(idempotencyKey.slice(idempotencyKey.lastIndexOf('/') + 1));
}

function answerOf(key: string, { status, answer }: Book): ChargeAnswer {
  switch (status) {
    case 'captured':
    case 'pending':
      return { status, reference: `sim_${key}` };
    case 'declined':
      return { status, failure: answer as typeof notPaid };
    case 'cancelled':
    default:
      return { status: 'cancelled' };
  }
}
