import { AppError } from '../../core/errors/app-error.ts';
import { wantedPieces } from '../../core/orders/order.ts';
import { hasEnded, newSaga, type OrderSaga, outstanding, react, type SagaFact } from '../../core/orders/saga.ts';
import { orders, streams } from './aggregates.ts';
import type { CommandRunner } from './command-runner.ts';
import type { LoadedSaga, SagaStore } from './saga-store.ts';
import type { SagaTasks } from './saga-tasks.ts';

/** News about one order. */
export interface SagaNews {
  readonly facts: readonly SagaFact[];
  /** CloudEvents id of the event that brought them. */
  readonly causationId: string | null;
  /** Whether the news may begin a saga: it is about the order itself. */
  readonly begins: boolean;
  /** Id of the request that placed the order; a saga keeps that of the news it began with. */
  readonly correlationId?: string | null;
}

/** `unknown`: no saga has this order, and it is none of this shop's own; nothing was done. */
export type DriveResult = 'driven' | 'unknown';

/** Takes sagas as far as they go. */
export interface SagaDriver {
  tell(orderId: string, news: SagaNews): Promise<DriveResult>;
}

export interface SagaDriverParts {
  readonly store: SagaStore;
  readonly tasks: SagaTasks;
  readonly runner: Pick<CommandRunner, 'read'>;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
}

/** Saves that may be lost to another invocation on the same saga before it counts as a defect. */
const maxLosses = 50;

/**
 * Makes the driver. Whatever a saga decides is saved before any of it is done, and what its tasks answered is saved
 * before the next are done. So a crash at any moment repeats tasks at most, and every task bears repetition.
 */
export function makeSagaDriver(parts: SagaDriverParts): SagaDriver {
  return {
    async tell(orderId, news) {
      const loaded = await learn(parts, orderId, news);
      if (loaded === null) return 'unknown';
      await work(parts, loaded, news.causationId);
      return 'driven';
    },
  };
}

/** Loads or begins the saga and saves what the facts make of it. */
async function learn(parts: SagaDriverParts, orderId: string, news: SagaNews): Promise<LoadedSaga | null> {
  const { store, clock } = parts;
  for (let losses = 0; losses < maxLosses; losses += 1) {
    const loaded = (await store.load(orderId)) ?? (news.begins ? await begin(parts, orderId, news) : null);
    if (loaded === null) return null;
    const saga = reactAll(loaded.saga, news.facts, clock());
    if (saga === loaded.saga && loaded.version > 0) return loaded;
    if (await store.save({ saga, version: loaded.version }, clock())) return { saga, version: loaded.version + 1 };
  }
  throw lostTooOften(orderId);
}

/** A recorded order of somebody else has events and no stream: it is history, and needs no saga. */
async function begin(
  { runner, clock }: SagaDriverParts,
  orderId: string,
  { correlationId = null }: SagaNews,
): Promise<LoadedSaga | null> {
  const order = await runner.read(orders, streams.order(orderId));
  if (order === null) return null;
  const { lines } = order.state;
  const wanted = wantedPieces(lines);
  const sagaId = `order-saga-${orderId}`;
  return { saga: newSaga({ sagaId, orderId, correlationId, wanted, at: clock() }), version: 0 };
}

/** Does what is outstanding, and what that makes outstanding, until only others can help. */
async function work(parts: SagaDriverParts, from: LoadedSaga, causationId: string | null): Promise<void> {
  const { store, tasks, clock } = parts;
  let loaded = from;
  for (let losses = 0; losses < maxLosses; ) {
    const todo = outstanding(loaded.saga);
    if (todo.length === 0) return;
    const facts: SagaFact[] = [];
    for (const task of todo) facts.push(await tasks.perform(task, loaded.saga, causationId));
    const saga = reactAll(loaded.saga, facts, clock());
    if (saga === loaded.saga) return;
    if (await store.save({ saga, version: loaded.version }, clock())) {
      loaded = { saga, version: loaded.version + 1 };
      if (facts.some(({ type }) => type === 'trouble')) return;
      continue;
    }
    losses += 1;
    const reloaded = await learn(parts, saga.orderId, { facts, causationId, begins: false });
    if (reloaded === null || hasEnded(reloaded.saga)) return;
    loaded = reloaded;
  }
  throw lostTooOften(from.saga.orderId);
}

function reactAll(saga: OrderSaga, facts: readonly SagaFact[], at: number): OrderSaga {
  return facts.reduce((state, fact) => react(state, fact, at), saga);
}

function lostTooOften(orderId: string): AppError {
  return new AppError('EVENTBUS_ORDER_CONTENTION', `the saga of order ${orderId}, ${maxLosses} times`);
}
