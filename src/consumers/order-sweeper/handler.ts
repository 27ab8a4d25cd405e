import { dimensions, metrics } from '../../catalogue/metrics.ts';
import { orderSweeper } from '../../catalogue/scheduled-functions.ts';
import { metricLine } from '../../core/metric-line.ts';
import { outboxHealth } from '../../postgres/outbox-health.ts';
import { tellOfSetAside } from '../../postgres/set-aside.ts';
import { countStuck, sweepOrders } from '../../services/orders/order-sweep.ts';
import { makeSagaParts } from '../../services/orders/saga-parts.ts';
import { failureOf } from '../batch/failure.ts';
import type { WholeRuntime } from '../runtime.ts';

export interface OrderSweeperOptions extends Pick<WholeRuntime, 'pool' | 'codec' | 'router'> {
  readonly publisher: Pick<WholeRuntime['publisher'], 'publish'>;
  readonly log: Pick<WholeRuntime['log'], 'warn' | 'error'>;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
  /** Writes one line of metrics; @default process.stdout */
  readonly writeMetrics?: (line: string) => void;
}

const minuteMs = 60_000;

/** Makes the function that the clock calls: it takes orders on when nothing else does, and measures how they get on. */
export function makeOrderSweeper(options: OrderSweeperOptions): () => Promise<void> {
  const { pool, publisher, codec, router, log, clock = Date.now, writeMetrics = writeLine } = options;
  const warn = (fields: object, error: unknown) => {
    const { code, message } = failureOf(error);
    log.warn({ ...fields, code }, message);
  };
  const parts = makeSagaParts({
    pool,
    publisher,
    codec,
    clock,
    onPublishFailure: (error) => warn({}, error),
    onSetAside: tellOfSetAside(log),
  });
  let measuredMinute = 0;
  return async () => {
    try {
      const onFailure = (orderId: string, error: unknown) => warn({ order: orderId }, error);
      await sweepOrders({ ...parts, pool, router, clock, onFailure });
    } finally {
      // Once a minute, however often it is called; and also when the sweep failed, which is when it matters.
      const minute = Math.floor(clock() / minuteMs);
      if (minute !== measuredMinute) {
        measuredMinute = minute;
        writeMetrics(await healthLine());
      }
    }
  };

  async function healthLine(): Promise<string> {
    const now = clock();
    const stuckSagas = await countStuck(pool);
    const { outboxSeconds, eventsSetAside } = await outboxHealth(pool, 'outbox', now);
    const values = {
      [metrics.sagasStuck]: { value: stuckSagas, unit: 'Count' },
      [metrics.outboxSeconds]: { value: outboxSeconds, unit: 'Count' },
      [metrics.eventsSetAside]: { value: eventsSetAside, unit: 'Count' },
    } as const;
    return metricLine({ dimensions: { [dimensions.service]: orderSweeper }, values }, now);
  }
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
