import { dimensions, metrics } from '../../catalogue/metrics.ts';
import { fleetClock } from '../../catalogue/scheduled-functions.ts';
import type { Codec } from '../../codec/codec.ts';
import { metricLine } from '../../core/metric-line.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import type { DeviceDownlink } from '../../ports/device-downlink/device-downlink.ts';
import { outboxHealth } from '../../postgres/outbox-health.ts';
import { inTransaction, type Pool } from '../../postgres/pool.ts';
import { tellOfSetAside } from '../../postgres/set-aside.ts';
import type { Log } from '../batch/invocation-report.ts';
import { deliverDue } from '../command-dispatcher/deliver.ts';
import type { EffectContext } from '../effects/effect-processor.ts';
import { Effects } from '../effects/effects.ts';
import { relayEvents } from '../effects/outbox.ts';
import { assign } from '../fleet-dispatcher/assign.ts';
import { takeTurn, waitingDispatches } from '../fleet-dispatcher/dispatch-table.ts';
import type { Runtime } from '../runtime.ts';
import { expireCommands } from './expire-commands.ts';
import { findSilent } from './find-silent.ts';
import { measureCapacity } from './measure-capacity.ts';

/** What one call did. */
export interface ClockReport {
  readonly commandsEnded: number;
  readonly vehiclesSilent: number;
  readonly vehiclesAssigned: number;
  readonly zonesMeasured: number;
  readonly commandsSent: number;
  readonly eventsRelayed: number;
}

export interface ClockDependencies {
  readonly pool: Pool;
  readonly codec: Codec;
  readonly publisher: Pick<EventPublisher, 'send'>;
  readonly downlink: DeviceDownlink;
  readonly log: Log;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
}

/** Does what is due although no event comes: each part in a transaction of its own, so that one cannot hold the others up. */
export function makeClock(dependencies: ClockDependencies): () => Promise<ClockReport> {
  const { pool, publisher, log, codec, clock } = dependencies;
  const within = <T>(work: (context: EffectContext) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (client) => {
      const effects = new Effects(`/${fleetClock}`, codec);
      const result = await work({ client, effects, nowMs: clock() });
      await effects.store(client);
      return result;
    });
  const onSetAside = tellOfSetAside(log);
  let toldOfSilence = false;
  return async () => {
    const failures: unknown[] = [];
    const part = <T>(otherwise: T, work: () => Promise<T>): Promise<T> =>
      work().catch((error: unknown) => {
        failures.push(error);
        return otherwise;
      });
    const commandsEnded = await part(0, () => within((context) => expireCommands(context, fleetClock)));
    const { silent, busSilent } = await part({ silent: 0, busSilent: false }, () =>
      within((context) => findSilent(context, fleetClock)),
    );
    if (busSilent && !toldOfSilence)
      log.warn({ silent }, 'most vehicles fell silent at once: the bus, not they, must have lost the link');
    toldOfSilence = busSilent;
    const vehiclesAssigned = await part(0, () => within(assignWaiting));
    const zonesMeasured = await part(0, () => within((context) => measureCapacity(context, fleetClock)));
    const commandsSent = await part(0, () => deliverDue(dependencies, null));
    const eventsRelayed = await part(0, () => relayEvents({ pool, publisher, onSetAside }));
    if (failures.length > 0) throw failures[0];
    const vehiclesSilent = busSilent ? 0 : silent;
    return { commandsEnded, vehiclesSilent, vehiclesAssigned, zonesMeasured, commandsSent, eventsRelayed };
  };
}

async function assignWaiting(context: EffectContext): Promise<number> {
  await takeTurn(context.client);
  let assigned = 0;
  for (const row of await waitingDispatches(context.client)) if (await assign(context, row)) assigned += 1;
  return assigned;
}

const minuteMs = 60_000;

export interface FleetClockOptions {
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
  /** Writes one line of metrics; @default process.stdout */
  readonly writeMetrics?: (line: string) => void;
}

/** The function behind the schedule. */
export function makeFleetClock(
  runtime: Omit<Runtime, 'close' | 'deadLetters'>,
  downlink: DeviceDownlink,
  { clock = Date.now, writeMetrics = writeLine }: FleetClockOptions = {},
) {
  const { pool, codec, publisher, log } = runtime;
  const tick = makeClock({ pool, codec, publisher, downlink, log, clock });
  let measuredMinute = 0;
  return async (): Promise<ClockReport> => {
    try {
      const report = await tick();
      if (Object.values(report).some((count) => count > 0)) log.info({ ...report }, 'the fleet clock found work');
      return report;
    } finally {
      // Once a minute, however often it is called; and also when a part failed.
      const minute = Math.floor(clock() / minuteMs);
      if (minute !== measuredMinute) {
        measuredMinute = minute;
        writeMetrics(await healthLine());
      }
    }
  };

  async function healthLine(): Promise<string> {
    const now = clock();
    const { outboxSeconds, eventsSetAside } = await outboxHealth(pool, 'event_outbox', now);
    const values = {
      [metrics.outboxSeconds]: { value: outboxSeconds, unit: 'Count' },
      [metrics.eventsSetAside]: { value: eventsSetAside, unit: 'Count' },
    } as const;
    return metricLine({ dimensions: { [dimensions.service]: fleetClock }, values }, now);
  }
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
