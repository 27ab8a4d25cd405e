import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../core/errors/app-error.ts';
import type { EventPublisher, OutgoingEvent } from '../../../kafka/publisher.ts';
import { makePacer, type Speed } from '../pacing.ts';
import { eventsOf, type Step, stepsOf } from './lifecycle.ts';
import { type BadShopRow, readShop, shopFiles } from './read-orders.ts';
import type { RecordedOrder } from './recorded-order.ts';

export interface OrderReplayOptions {
  /** File of the orders; items and payments stand beside it. */
  readonly file: string;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly speed: Speed;
  readonly signal?: AbortSignal;
  /** Told after each acknowledgement how many events the log has, of how many. */
  readonly onProgress?: (published: number, total: number) => void;
}

/** What became of the files. */
export interface OrderReplaySummary {
  readonly file: string;
  readonly profile: 'olist';
  /** Rows of the three files, the bad ones included. */
  readonly rows: number;
  readonly badRows: number;
  readonly firstBadRows: readonly BadShopRow[];
  readonly orders: number;
  /** Orders by the status that they end with. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What the files lack or get wrong, and is replayed as it stands. */
  readonly oddities: {
    readonly handedOverBeforeApproval: number;
    readonly ordersWithoutLines: number;
    /** No time says when they were taken, so no event tells of them. */
    readonly paymentsWithoutApproval: number;
  };
  readonly events: number;
  /** Events that the log has acknowledged. */
  readonly published: number;
  readonly eventTypes: Readonly<Record<string, number>>;
  readonly interrupted: boolean;
  readonly elapsedMs: number;
}

/** Events that are handed over at once. */
const handOver = 500;
const keptBadRows = 20;

/**
 * Publishes what a recorded shop went through, in the order of time over all orders, and waits for the log.
 * @throws AppError of the areas DEVICE and KAFKA
 */
export async function replayOrders(options: OrderReplayOptions): Promise<OrderReplaySummary> {
  const startedMs = performance.now();
  const { file, signal = new AbortController().signal } = options;
  const { orders, rows, badRows } = await readShop(shopFiles(file));
  if (orders.length === 0) throw nothingIn(file, badRows);
  const steps = inOrderOfTime(orders);
  const tally = new Map<string, number>();
  const events = steps.reduce((sum, { kind, order }) => sum + 1 + (kind === 'approved' ? order.payments.length : 0), 0);
  const published = await publishAll(steps, { ...options, signal, events, tally });
  return {
    file,
    profile: 'olist',
    rows,
    badRows: badRows.length,
    firstBadRows: badRows.slice(0, keptBadRows),
    orders: orders.length,
    statuses: counted(orders.map(({ status }) => status)),
    oddities: odditiesOf(orders),
    events,
    published,
    eventTypes: byName(tally),
    interrupted: signal.aborted,
    elapsedMs: performance.now() - startedMs,
  };
}

/** Steps of all orders by time; those of one moment in the order of the file, and each order's in its own. */
export function inOrderOfTime(orders: readonly RecordedOrder[]): readonly Step[] {
  return orders.flatMap(stepsOf).toSorted((left, right) => left.atMs - right.atMs);
}

interface Publishing extends OrderReplayOptions {
  readonly signal: AbortSignal;
  readonly events: number;
  /** Published events by type. */
  readonly tally: Map<string, number>;
}

async function publishAll(steps: readonly Step[], options: Publishing): Promise<number> {
  const { publisher, signal, speed, onProgress, tally } = options;
  let gathered: OutgoingEvent[] = [];
  let published = 0;
  const send = async () => {
    if (gathered.length === 0) return;
    const batch = gathered;
    gathered = [];
    await publisher.publish(batch);
    published += batch.length;
    for (const { event } of batch) tally.set(event.type, (tally.get(event.type) ?? 0) + 1);
    onProgress?.(published, options.events);
  };
  const pacer = makePacer({
    speed,
    now: () => performance.now(),
    sleep: (ms) => delay(ms, undefined, { signal }).catch(() => undefined),
  });
  for (const step of steps) {
    await pacer.until(step.atMs, signal, send);
    if (signal.aborted) break;
    gathered.push(...eventsOf(step));
    if (gathered.length >= handOver) await send();
  }
  // What is due has been gathered before the interruption.
  await send();
  return published;
}

function odditiesOf(orders: readonly RecordedOrder[]): OrderReplaySummary['oddities'] {
  const early = orders.filter(
    ({ approvedAt, handedToCarrierAt }) =>
      approvedAt !== null && handedToCarrierAt !== null && handedToCarrierAt < approvedAt,
  );
  return {
    handedOverBeforeApproval: early.length,
    ordersWithoutLines: orders.filter(({ lines }) => lines.length === 0).length,
    paymentsWithoutApproval: orders
      .filter(({ approvedAt }) => approvedAt === null)
      .reduce((sum, { payments }) => sum + payments.length, 0),
  };
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return byName(counts);
}

function byName(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function nothingIn(file: string, badRows: readonly BadShopRow[]): AppError {
  if (badRows.length === 0) return new AppError('EVENTBUS_DEVICE_FILE_EMPTY', `${file} has a header line and no row`);
  const faults = badRows.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  return new AppError('EVENTBUS_DEVICE_NO_READABLE_ROW', `${file} has no order; ${faults.join('; ')}`);
}
