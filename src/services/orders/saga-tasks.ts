import { AppError } from '../../core/errors/app-error.ts';
import type { OrderSaga, SagaFact, SagaTask } from '../../core/orders/saga.ts';
import type { EventStore } from '../../postgres/event-store/event-store.ts';
import { orders, stocks, streams } from './aggregates.ts';
import type { CommandRunner } from './command-runner.ts';
import type { CommandHead } from './order-commands.ts';
import type { PaymentDesk } from './payment-desk.ts';

/** Does what sagas want, and answers with what came of it. */
export interface SagaTasks {
  perform(task: SagaTask, saga: OrderSaga, causationId: string | null): Promise<SagaFact>;
}

export interface SagaTaskParts {
  readonly runner: CommandRunner;
  readonly store: Pick<EventStore, 'revoke'>;
  readonly desk: Pick<PaymentDesk, 'take' | 'close'>;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
}

/**
 * Makes the tasks over commands. The id of each command follows from saga and task, so that a task that is done again
 * gets the first answer. A task that cannot be done now is trouble, which waits for the next try; when the database or the
 * cluster is away, nothing can be done for any saga, and that is thrown.
 */
export function makeSagaTasks(parts: SagaTaskParts): SagaTasks {
  return {
    async perform(task, saga, causationId) {
      const head = (name: string): CommandHead => ({
        commandId: `${saga.sagaId}/${name}`,
        at: parts.clock(),
        actor: 'order-saga',
        sagaId: saga.sagaId,
        ...(saga.correlationId === null ? {} : { correlationId: saga.correlationId }),
        ...(causationId === null ? {} : { causationId }),
      });
      try {
        return await doTask(parts, task, { saga, head });
      } catch (error) {
        if (!(error instanceof AppError) || isOutage(error)) throw error;
        return { type: 'trouble', what: `${task.type}: ${error.code}: ${error.message}` };
      }
    },
  };
}

/** Whether something is away that every saga needs. */
function isOutage({ code }: AppError): boolean {
  return /^EVENTBUS_(POSTGRES|KAFKA)_/.test(code);
}

interface Context {
  readonly saga: OrderSaga;
  readonly head: (name: string) => CommandHead;
}

function doTask(parts: SagaTaskParts, task: SagaTask, context: Context): Promise<SagaFact> {
  switch (task.type) {
    case 'reserve-stock':
    case 'release-stock':
    case 'take-stock':
      return stockTask(parts, task, context);
    case 'take-payment':
    case 'close-payment':
      return paymentTask(parts, task, context);
    case 'note-stock-reserved':
    case 'approve-order':
    case 'complete-order':
    case 'cancel-order':
    default:
      return orderTask(parts, task, context);
  }
}

type StockTask = Extract<SagaTask, { readonly type: `${string}-stock` }>;

async function stockTask(
  { runner, store }: SagaTaskParts,
  task: StockTask,
  { saga, head }: Context,
): Promise<SagaFact> {
  const { productId } = task;
  const { orderId } = saga;
  const stream = streams.stock(productId);
  const reserving = head(`reserve/${productId}`);
  if (task.type === 'reserve-stock') {
    const command = { type: 'reserve', productId, orderId, quantity: task.quantity } as const;
    const refusal = await refusalOf(runner.run(stocks, stream, { head: reserving, command }));
    if (refusal === null) return { type: 'stock-reserved', productId };
    if (refusal.code === 'EVENTBUS_ORDER_COMMAND_REVOKED') return { type: 'stock-gone', productId };
    return { type: 'stock-refused', productId, reason: stockReasons[refusal.code] ?? 'stock-refused' };
  }
  if (task.type === 'take-stock') {
    await runner.run(stocks, stream, {
      head: head(`take/${productId}`),
      command: { type: 'take', productId, orderId },
    });
    return { type: 'stock-taken', productId };
  }
  // The reservation may be under way elsewhere at this moment: it is either prevented here, or there to be released.
  const handled = await store.revoke(reserving.commandId, stream);
  if (handled !== null && handled.refusal === null) {
    const command = { type: 'release', productId, orderId } as const;
    await runner.run(stocks, stream, { head: head(`release/${productId}`), command });
  }
  return { type: 'stock-gone', productId };
}

/** Why an order is cancelled, by the refusal of its stock. */
const stockReasons: Readonly<Record<string, string>> = {
  EVENTBUS_ORDER_STOCK_SHORT: 'out-of-stock',
  EVENTBUS_ORDER_PRODUCT_UNKNOWN: 'product-unknown',
};

type PaymentTask = Extract<SagaTask, { readonly type: `${string}-payment` }>;

async function paymentTask({ desk }: SagaTaskParts, task: PaymentTask, { saga, head }: Context): Promise<SagaFact> {
  const { attempt } = task;
  const { orderId } = saga;
  if (task.type === 'close-payment') {
    await desk.close(head(`close/${attempt}`), { orderId, attempt, reason: task.reason });
    return { type: 'payment-over' };
  }
  const outcome = await desk.take(head(`pay/${attempt}`), { orderId, attempt });
  switch (outcome.status) {
    case 'captured':
      return { type: 'payment-captured', attempt };
    case 'pending':
      return { type: 'payment-pending', attempt, payBy: outcome.payBy };
    case 'failed':
    default: {
      const { code, retryable } = outcome.failure;
      return { type: 'payment-failed', attempt, retryable, reason: `payment-${code}` };
    }
  }
}

const orderTasks = {
  'note-stock-reserved': { command: 'note-stock-reserved', done: 'order-noted' },
  'approve-order': { command: 'approve', done: 'order-approved' },
  'complete-order': { command: 'complete', done: 'order-completed' },
} as const;

type OrderTask = Exclude<SagaTask, StockTask | PaymentTask>;

async function orderTask(
  { runner, clock }: SagaTaskParts,
  task: OrderTask,
  { saga, head }: Context,
): Promise<SagaFact> {
  const stream = streams.order(saga.orderId);
  const at = clock();
  if (task.type === 'cancel-order') {
    const { reason } = task;
    await runner.run(orders, stream, { head: head('cancel'), command: { type: 'cancel', at, reason } });
    return { type: 'order-cancelled', reason };
  }
  const { command: type, done } = orderTasks[task.type];
  const refusal = await refusalOf(runner.run(orders, stream, { head: head(type), command: { type, at } }));
  if (refusal === null) return { type: done };
  const order = await runner.read(orders, stream);
  if (order?.state.status !== 'CANCELLED') throw refusal;
  return { type: 'order-cancelled', reason: order.state.cancellationReason ?? 'cancelled' };
}

/** The refusal by the rules that a command met, whether now or the first time; null when it was carried out. */
async function refusalOf(carried: Promise<unknown>): Promise<AppError | null> {
  try {
    await carried;
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('EVENTBUS_ORDER_') && error.failure === 'poison')
      return error;
    throw error;
  }
}
