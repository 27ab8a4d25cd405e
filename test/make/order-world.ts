import type { OrderEvent, PaymentEvent } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import { hasEnded } from '../../src/core/orders/saga.ts';
import { orderFact, paymentFact, type ToldFact } from '../../src/core/orders/saga-facts.ts';
import { simulatedCharge } from '../../src/core/orders/simulated-provider.ts';
import type { OutboxEntry } from '../../src/postgres/event-store/append.ts';
import type { EventStore } from '../../src/postgres/event-store/event-store.ts';
import { makeCommandRunner } from '../../src/services/orders/command-runner.ts';
import { ordersOn } from '../../src/services/orders/orders-on.ts';
import { makePaymentDesk } from '../../src/services/orders/payment-desk.ts';
import type { ChargeAnswer, PaymentGateway } from '../../src/services/orders/payment-gateway.ts';
import { makeSagaDriver } from '../../src/services/orders/saga-driver.ts';
import type { LoadedSaga, SagaStore } from '../../src/services/orders/saga-store.ts';
import { makeSagaTasks } from '../../src/services/orders/saga-tasks.ts';
import { MemoryEventStore } from './memory-event-store.ts';

const codec = makeCodec();

/** The process ends here: whatever it had not stored is gone. */
export class Crash extends Error {}

/** Called at every boundary between two effects: may wait, so that others run in between, and may end the process. */
export type Boundary = () => Promise<void>;

export interface Charge {
  readonly key: string;
  readonly orderId: string;
  readonly amountMinor: number;
  status: ChargeAnswer['status'];
  answer: ChargeAnswer;
  captures: number;
  refunds: number;
}

/** The simulated provider's books in memory. */
export class MemoryGateway implements PaymentGateway {
  readonly name = 'simulated';
  readonly books = new Map<string, Charge>();
  away = false;

  async charge(request: Parameters<PaymentGateway['charge']>[0]): Promise<ChargeAnswer> {
    const { idempotencyKey: key, orderId, amountMinor, instrument } = request;
    this.#requireThere(key, instrument === 'tok_silent');
    const known = this.books.get(key);
    if (known !== undefined) return known.answer;
    const attempt = Number(key.slice(key.lastIndexOf('/') + 1));
    const charge = simulatedCharge({ ...request, attempt });
    const answer = charge.status === 'declined' ? charge : { ...charge, reference: `sim_${key}` };
    const captures = charge.status === 'captured' ? 1 : 0;
    this.books.set(key, { key, orderId, amountMinor, status: charge.status, answer, captures, refunds: 0 });
    if (instrument === 'tok_timeout') throw silence(key);
    return answer;
  }

  async cancel({ idempotencyKey: key, orderId }: Parameters<PaymentGateway['cancel']>[0]): Promise<ChargeAnswer> {
    this.#requireThere(key, false);
    const known = this.books.get(key);
    if (known !== undefined && known.status !== 'pending') return known.answer;
    const answer: ChargeAnswer = { status: 'cancelled' };
    this.books.set(key, { key, orderId, amountMinor: 0, status: 'cancelled', answer, captures: 0, refunds: 0 });
    return answer;
  }

  async refund({ idempotencyKey: key }: Parameters<PaymentGateway['refund']>[0]): Promise<void> {
    this.#requireThere(key, false);
    const known = this.books.get(key);
    if (known?.status !== 'captured') throw new Error(`refund of ${key}, which captured nothing`);
    known.refunds = 1;
  }

  async settle({ idempotencyKey: key }: { readonly idempotencyKey: string }, outcome: 'captured' | 'declined') {
    this.#requireThere(key, false);
    const known = this.books.get(key);
    if (known?.status !== 'pending') return known?.answer ?? null;
    known.status = outcome;
    known.captures += outcome === 'captured' ? 1 : 0;
    const failure = { code: 'not_paid', detail: 'The customer did not pay.', retryable: false };
    known.answer = outcome === 'captured' ? { status: outcome, reference: `sim_${key}` } : { status: outcome, failure };
    return known.answer;
  }

  #requireThere(key: string, silent: boolean): void {
    if (this.away || silent) throw silence(key);
  }
}

function silence(key: string): AppError {
  return new AppError('EVENTBUS_ORDER_PAYMENT_PROVIDER', key);
}

export class MemorySagaStore implements SagaStore {
  readonly sagas = new Map<string, LoadedSaga>();

  async load(orderId: string) {
    return this.sagas.get(orderId) ?? null;
  }

  async save({ saga, version }: LoadedSaga) {
    if ((this.sagas.get(saga.orderId)?.version ?? 0) !== version) return false;
    this.sagas.set(saga.orderId, { saga, version: version + 1 });
    return true;
  }

  async due(atMs: number, limit: number) {
    return [...this.sagas.values()]
      .filter(({ saga }) => !hasEnded(saga) && saga.deadline !== null && saga.deadline <= atMs)
      .map(({ saga }) => saga.orderId)
      .slice(0, limit);
  }
}

/** The shop without engines: the same commands, saga and tasks over stores in memory. */
export function orderWorld(boundary: Boundary = async () => {}) {
  const clock = { nowMs: 1_700_000_000_000 };
  const memory = new MemoryEventStore();
  const sagas = new MemorySagaStore();
  const gateway = new MemoryGateway();
  const store = guarded<EventStore>(memory, boundary);
  const runner = makeCommandRunner({ store, codec });
  const desk = makePaymentDesk({ runner, gateway: guarded<PaymentGateway>(gateway, boundary) });
  const tasks = makeSagaTasks({ runner, store, desk, clock: () => clock.nowMs });
  const driver = makeSagaDriver({
    store: guarded<SagaStore>(sagas, boundary),
    tasks,
    runner,
    clock: () => clock.nowMs,
  });
  return { clock, memory, sagas, gateway, driver, commands: ordersOn({ runner, store, desk }) };
}

export type OrderWorld = ReturnType<typeof orderWorld>;

/** The same object with a boundary before and after each of its calls. */
function guarded<T extends object>(inner: T, boundary: Boundary): T {
  return new Proxy(inner, {
    get(target, name) {
      const member = (target as Record<string | symbol, unknown>)[name];
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await boundary();
        const result: unknown = await member.apply(target, args);
        await boundary();
        return result;
      };
    },
  });
}

/** What a published event tells the saga, as the consumer reads it from its topic. */
export function toldBy({ topic, type, value }: Pick<OutboxEntry, 'topic' | 'type' | 'value'>): ToldFact | null {
  switch (topic) {
    case 'order-events':
      return orderFact(type, value as OrderEvent);
    case 'payment-events':
      return paymentFact(type, value as PaymentEvent);
    default:
      return null;
  }
}
