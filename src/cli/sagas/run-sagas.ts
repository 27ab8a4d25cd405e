import { AppError } from '../../core/errors/app-error.ts';
import { onConnection, type PoolClient } from '../../postgres/pool.ts';
import {
  type SagaDetails,
  type SagaView,
  sagaCounts,
  sagaDetails,
  sagaList,
} from '../../services/orders/read/saga-view.ts';
import { withDatabase } from '../bus-database.ts';
import type { DatabaseFlags } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';
import type { SagaListFlags } from './command.ts';

/** A deadline may pass by this much before anybody wonders: the clock of the sagas looks once a minute on AWS, ms. */
const stuckForMs = 60_000;

/** Prints sagas and how many stand at each step; returns the exit code: 1 when those asked for are stuck ones. */
export async function runSagaList(flags: SagaListFlags): Promise<number> {
  const { step, all = false, stuck = false, limit } = flags;
  const [sagas, counts] = await reading(flags, async (client) => [
    await sagaList(client, {
      step,
      // Asked for by name, the ends are shown as well.
      ended: all || step === 'completed' || step === 'cancelled',
      stuckForMs: stuck ? stuckForMs : undefined,
      limit,
    }),
    await sagaCounts(client),
  ]);
  process.stdout.write(flags.json ? `${JSON.stringify({ sagas, counts })}\n` : listText(sagas, counts));
  return stuck && sagas.length > 0 ? exitCodes.finding : exitCodes.ok;
}

/** Prints one saga; returns the exit code. */
export async function runSagaShow(id: string, flags: DatabaseFlags): Promise<number> {
  const saga = await reading(flags, (client) => sagaDetails(client, id));
  if (saga === null)
    throw new AppError('EVENTBUS_ORDER_SAGA_UNKNOWN', `"${id}" is neither a saga nor an order with one`);
  process.stdout.write(flags.json ? `${JSON.stringify(saga)}\n` : `${sagaText(saga)}\n`);
  return exitCodes.ok;
}

function reading<T>(flags: DatabaseFlags, read: (client: PoolClient) => Promise<T>): Promise<T> {
  return withDatabase(flags, { applicationName: 'event-bus-sagas', max: 1 }, (pool) => onConnection(pool, read));
}

const shown = (time: string | null) => time?.replace('T', ' ').slice(0, 19) ?? '–';

export function listText(sagas: readonly SagaView[], counts: Readonly<Record<string, number>>): string {
  const sums = Object.entries(counts).map(([step, count]) => `${count.toLocaleString('en-US')} ${step}`);
  const summary = sums.length === 0 ? 'there has been no saga' : `altogether: ${sums.join(', ')}`;
  if (sagas.length === 0) return `no saga to show\n\n${summary}\n`;
  const rows = sagas.map((saga) => [
    saga.sagaId,
    saga.orderId,
    saga.stuck ? `${saga.step} (stuck)` : saga.step,
    saga.attempts,
    shown(saga.updatedAt),
    shown(saga.deadline),
    saga.lastError?.slice(0, 60) ?? '–',
  ]);
  const head = ['saga', 'order', 'step', 'tries', 'changed', 'goes on by itself', 'last trouble'];
  return `${table(head, rows)}\n\n${summary}\n`;
}

export function sagaText(saga: SagaDetails): string {
  return [
    `saga       ${saga.sagaId}`,
    `order      ${saga.orderId}`,
    `step       ${saga.step}${saga.stuck ? '   stuck: people were told' : ''}`,
    `tries      ${saga.attempts} deadlines passed in this step`,
    `deadline   ${shown(saga.deadline)}`,
    `started    ${shown(saga.startedAt)}   changed ${shown(saga.updatedAt)}   ended ${shown(saga.endedAt)}`,
    `trouble    ${saga.lastError ?? '–'}`,
    '',
    'what it remembers:',
    JSON.stringify(saga.state, null, 2),
  ].join('\n');
}
