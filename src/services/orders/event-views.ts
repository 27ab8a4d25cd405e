import { AppError } from '../../core/errors/app-error.ts';
import type { Decider } from '../../core/orders/decider.ts';
import type { EventRow, EventStore } from '../../postgres/event-store/event-store.ts';
import { customers, orders, payments, stocks } from './aggregates.ts';
import type { StateAt, StoredEvent } from './order-commands.ts';

/** An event of the store as callers see it. */
export function storedEventOf({ streamId, atMs, recordedAtMs, ...row }: EventRow): StoredEvent {
  return { ...row, stream: streamId, at: atMs, recordedAt: recordedAtMs };
}

const deciders = [orders, stocks, payments, customers].map(
  ({ decider }) => decider as Decider<StateAt['state'], never, unknown>,
);

/** Folds a stream up to a time. */
export async function stateOfStreamAt(
  store: Pick<EventStore, 'events'>,
  stream: string,
  untilMs: number,
): Promise<StateAt | null> {
  const decider = deciders.find(({ kind }) => stream.startsWith(`${kind}-`));
  if (decider === undefined) {
    const kinds = deciders.map(({ kind }) => `${kind}-…`).join(', ');
    throw new AppError('EVENTBUS_ORDER_INVALID', `stream "${stream.slice(0, 80)}"; allowed are ${kinds}`);
  }
  const limit = 1_000;
  let state: StateAt['state'] | null = null;
  let last = { version: 0, at: 0 };
  for (let fromVersion = 1; ; fromVersion += limit) {
    const rows = await store.events(stream, { fromVersion, untilMs, limit });
    for (const { version, atMs, data } of rows) {
      state = decider.evolve(state, data);
      last = { version, at: atMs };
    }
    if (rows.length < limit) return state === null ? null : { stream, ...last, state };
  }
}
