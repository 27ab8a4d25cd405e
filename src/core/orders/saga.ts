/** How far a saga is; `completed` and `cancelled` are its ends. */
export type SagaStep = 'reserving' | 'paying' | 'finishing' | 'compensating' | 'completed' | 'cancelled';

/** What is known of the stock of one product: `gone` is released, or refused from the start. */
export type StockHold = 'wanted' | 'reserved' | 'taken' | 'gone';

/** What is known of the payment: `asked` may have any outcome, `over` means that nothing is or will be charged. */
export type PaymentHold = 'none' | 'asked' | 'pending' | 'captured' | 'over';

/** State of the saga of one order. */
export interface OrderSaga {
  readonly sagaId: string;
  readonly orderId: string;
  readonly correlationId: string | null;
  readonly step: SagaStep;
  readonly stock: Readonly<Record<string, { readonly quantity: number; readonly hold: StockHold }>>;
  readonly payment: PaymentHold;
  /** Attempt at the payment that runs or ran last, 1 for the first. */
  readonly attempt: number;
  /** What is known of the order itself. */
  readonly order: 'created' | 'reserved' | 'approved' | 'completed' | 'cancelled';
  /** Why it is undone; null while it is not. */
  readonly reason: string | null;
  /** Deadlines that passed in the present step. */
  readonly tries: number;
  /** When it goes on by itself, ms since 1970-01-01 UTC; null at its end. */
  readonly deadline: number | null;
  readonly lastError: string | null;
}

/** Something that happened, told by an event, by the answer to a task, or by the clock. May be told again, late, or never. */
export type SagaFact =
  | { readonly type: 'order-placed' }
  | { readonly type: 'order-noted' }
  | { readonly type: 'order-approved' }
  | { readonly type: 'order-completed' }
  | { readonly type: 'order-cancelled'; readonly reason: string }
  | { readonly type: 'stock-reserved' | 'stock-taken' | 'stock-gone'; readonly productId: string }
  | { readonly type: 'stock-refused'; readonly productId: string; readonly reason: string }
  | { readonly type: 'payment-captured'; readonly attempt: number }
  | { readonly type: 'payment-pending'; readonly attempt: number; readonly payBy: number | null }
  | {
      readonly type: 'payment-failed';
      readonly attempt: number;
      readonly retryable: boolean;
      readonly reason: string;
    }
  /** The payment is refunded, or closed before anything was charged. */
  | { readonly type: 'payment-over' }
  /** A task could not be done now. */
  | { readonly type: 'trouble'; readonly what: string }
  | { readonly type: 'deadline' };

/** Something to be done. Doing it again is no harm: each carries the id that its first time had. */
export type SagaTask =
  | { readonly type: 'reserve-stock'; readonly productId: string; readonly quantity: number }
  | { readonly type: 'release-stock'; readonly productId: string }
  | { readonly type: 'take-stock'; readonly productId: string }
  | { readonly type: 'take-payment'; readonly attempt: number }
  | { readonly type: 'close-payment'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'note-stock-reserved' }
  | { readonly type: 'approve-order' }
  | { readonly type: 'complete-order' }
  | { readonly type: 'cancel-order'; readonly reason: string };

/** How long things may take. */
export const sagaTimes = {
  /** An answer within a step, ms. */
  stepMs: 30_000,
  /** The wait after trouble, which doubles, ms. */
  troubleMs: 1_000,
  /** The longest wait between two tries, ms. */
  longestMs: 600_000,
  /** A payment that the provider leaves open, ms, when the order does not say. */
  pendingPaymentMs: 3 * 86_400_000,
} as const;

/** Deadlines of one step after which it is given up, or, where it cannot be, people are told. */
export const maxTries = 5;
/** Attempts at a payment whose refusal may be a passing one. */
export const maxPaymentAttempts = 3;

/** The saga of an order at its beginning. */
export function newSaga(order: {
  readonly sagaId: string;
  readonly orderId: string;
  readonly correlationId: string | null;
  /** Pieces by product. */
  readonly wanted: ReadonlyMap<string, number>;
  readonly at: number;
}): OrderSaga {
  const { sagaId, orderId, correlationId, wanted, at } = order;
  return {
    sagaId,
    orderId,
    correlationId,
    step: 'reserving',
    stock: Object.fromEntries([...wanted].map(([productId, quantity]) => [productId, { quantity, hold: 'wanted' }])),
    payment: 'none',
    attempt: 1,
    order: 'created',
    reason: null,
    tries: 0,
    deadline: at + sagaTimes.stepMs,
    lastError: null,
  };
}

export function hasEnded({ step }: Pick<OrderSaga, 'step'>): boolean {
  return step === 'completed' || step === 'cancelled';
}

/**
 * The saga after a fact; the same object when the fact changes nothing. Facts may come in any order and any number of
 * times: what is known is never taken back by older news.
 */
export function react(saga: OrderSaga, fact: SagaFact, at: number): OrderSaga {
  if (hasEnded(saga)) return saga;
  const learnt = learn(saga, fact, at);
  return learnt === saga ? saga : advance(learnt, saga, at);
}

function learn(saga: OrderSaga, fact: SagaFact, at: number): OrderSaga {
  switch (fact.type) {
    case 'order-placed':
      return saga;
    case 'order-noted':
      return saga.order === 'created' ? { ...saga, order: 'reserved' } : saga;
    case 'order-approved':
      return saga.order === 'created' || saga.order === 'reserved' ? { ...saga, order: 'approved' } : saga;
    case 'order-completed':
      return saga.order === 'completed' ? saga : { ...saga, order: 'completed' };
    case 'order-cancelled':
      // An approved order cannot be cancelled any more: whoever says so is not to be believed.
      if (saga.order !== 'created' && saga.order !== 'reserved') return saga;
      return { ...undone(saga, fact.reason), order: 'cancelled' };
    case 'stock-reserved':
      return held(saga, fact.productId, { from: ['wanted'], to: 'reserved' });
    case 'stock-taken':
      return held(saga, fact.productId, { from: ['wanted', 'reserved'], to: 'taken' });
    case 'stock-gone':
      return held(saga, fact.productId, { from: ['wanted', 'reserved'], to: 'gone' });
    case 'stock-refused': {
      const refused = held(saga, fact.productId, { from: ['wanted'], to: 'gone' });
      return refused === saga ? saga : undone(refused, fact.reason);
    }
    case 'payment-captured':
    case 'payment-pending':
    case 'payment-failed':
    case 'payment-over':
      return learnPayment(saga, fact, at);
    case 'trouble':
      return { ...saga, lastError: fact.what, deadline: at + waitMs(sagaTimes.troubleMs, saga.tries) };
    case 'deadline':
    default:
      return saga.deadline !== null && saga.deadline <= at ? late(saga, at) : saga;
  }
}

type PaymentFact = Extract<SagaFact, { readonly type: `payment-${string}` }>;

function learnPayment(saga: OrderSaga, fact: PaymentFact, at: number): OrderSaga {
  const open = saga.payment === 'none' || saga.payment === 'asked' || saga.payment === 'pending';
  if (fact.type === 'payment-over') return saga.payment === 'over' ? saga : { ...saga, payment: 'over' };
  if (!open || fact.attempt !== saga.attempt || saga.step === 'reserving') return saga;
  switch (fact.type) {
    case 'payment-captured':
      return { ...saga, payment: 'captured' };
    case 'payment-pending':
      if (saga.payment === 'pending' || saga.step !== 'paying') return saga;
      return { ...saga, payment: 'pending', deadline: fact.payBy ?? at + sagaTimes.pendingPaymentMs };
    case 'payment-failed':
    default:
      if (saga.step === 'paying' && fact.retryable && saga.attempt < maxPaymentAttempts) {
        const { attempt } = saga;
        const deadline = at + sagaTimes.stepMs;
        return { ...saga, payment: 'none', attempt: attempt + 1, tries: 0, deadline, lastError: fact.reason };
      }
      return undone({ ...saga, payment: 'over', lastError: fact.reason }, fact.reason);
  }
}

function held(
  saga: OrderSaga,
  productId: string,
  { from, to }: { readonly from: readonly StockHold[]; readonly to: StockHold },
): OrderSaga {
  const line = saga.stock[productId];
  if (line === undefined || !from.includes(line.hold)) return saga;
  return { ...saga, stock: { ...saga.stock, [productId]: { ...line, hold: to } } };
}

/** Turns back. */
function undone(saga: OrderSaga, reason: string): OrderSaga {
  return saga.step === 'compensating' ? saga : { ...saga, step: 'compensating', reason };
}

/** A deadline passed: what can be given up is, after some tries; the rest is tried again, at growing intervals. */
function late(saga: OrderSaga, at: number): OrderSaga {
  const tries = saga.tries + 1;
  const again = { ...saga, tries, deadline: at + waitMs(sagaTimes.stepMs, saga.tries) };
  if (saga.step === 'paying' && saga.payment === 'pending') return undone(again, 'payment-timeout');
  if (tries < maxTries) return again;
  if (saga.step === 'reserving') return undone(again, 'stock-timeout');
  return saga.step === 'paying' ? undone(again, 'payment-timeout') : again;
}

function waitMs(firstMs: number, tries: number): number {
  return Math.min(sagaTimes.longestMs, firstMs * 2 ** Math.min(tries, 20));
}

/** Takes the steps that what is known allows, and gives each new step its time. */
function advance(saga: OrderSaga, before: OrderSaga, at: number): OrderSaga {
  const step = stepOf(saga);
  if (step === before.step) return { ...saga, payment: paymentIn(step, saga) };
  const next = { ...saga, step, tries: 0, payment: paymentIn(step, saga) };
  return { ...next, deadline: hasEnded(next) ? null : at + sagaTimes.stepMs };
}

/** A saga that pays has asked as soon as that is stored: the provider may hear of it at any moment after. */
function paymentIn(step: SagaStep, { payment }: OrderSaga): PaymentHold {
  return step === 'paying' && payment === 'none' ? 'asked' : payment;
}

function stepOf(saga: OrderSaga): SagaStep {
  const holds = Object.values(saga.stock).map(({ hold }) => hold);
  if (saga.step === 'compensating') {
    const moneyBack = saga.payment === 'none' || saga.payment === 'over';
    const stockBack = holds.every((hold) => hold === 'gone');
    return moneyBack && stockBack && saga.order === 'cancelled' ? 'cancelled' : 'compensating';
  }
  if (saga.order === 'completed') return holds.every((hold) => hold === 'taken') ? 'completed' : 'finishing';
  if (!holds.every((hold) => hold === 'reserved' || hold === 'taken')) return saga.step;
  return saga.payment === 'captured' ? 'finishing' : 'paying';
}

/** What is to be done now; nothing when only an event, an answer or the deadline can help. */
export function outstanding(saga: OrderSaga): readonly SagaTask[] {
  switch (saga.step) {
    case 'reserving':
      return stockTasks(saga, ['wanted'], (productId, quantity) => ({ type: 'reserve-stock', productId, quantity }));
    case 'paying':
      if (saga.order === 'created') return [{ type: 'note-stock-reserved' }];
      return saga.payment === 'asked' ? [{ type: 'take-payment', attempt: saga.attempt }] : [];
    case 'finishing':
      return finishingTasks(saga);
    case 'compensating':
      return compensatingTasks(saga);
    case 'completed':
    case 'cancelled':
    default:
      return [];
  }
}

function stockTasks(
  { stock }: OrderSaga,
  holds: readonly StockHold[],
  task: (productId: string, quantity: number) => SagaTask,
): readonly SagaTask[] {
  return Object.entries(stock)
    .filter(([, { hold }]) => holds.includes(hold))
    .map(([productId, { quantity }]) => task(productId, quantity));
}

/** First the order's consent, after which it cannot be cancelled; then the goods; then the end. */
function finishingTasks(saga: OrderSaga): readonly SagaTask[] {
  if (saga.order !== 'approved' && saga.order !== 'completed') return [{ type: 'approve-order' }];
  const goods = stockTasks(saga, ['reserved'], (productId) => ({ type: 'take-stock', productId }));
  return goods.length > 0 ? goods : [{ type: 'complete-order' }];
}

function compensatingTasks(saga: OrderSaga): readonly SagaTask[] {
  const reason = saga.reason ?? 'cancelled';
  const paid = saga.payment !== 'none' && saga.payment !== 'over';
  return [
    // First of all, so that nothing else can approve or complete it.
    ...(saga.order === 'cancelled' ? [] : [{ type: 'cancel-order', reason } as const]),
    ...(paid ? [{ type: 'close-payment', attempt: saga.attempt, reason } as const] : []),
    ...stockTasks(saga, ['wanted', 'reserved'], (productId) => ({ type: 'release-stock', productId })),
  ];
}
