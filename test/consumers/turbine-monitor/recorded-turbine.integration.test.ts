import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AnalyticsAlert, CleanedReading } from '../../../src/catalogue/events.generated.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import type { Cleaned } from '../../../src/consumers/cleaned-item.ts';
import { makeKeyedProcessor } from '../../../src/consumers/keyed-state.ts';
import { makeCleanerProcessor } from '../../../src/consumers/telemetry-cleaner/processor.ts';
import { turbineFold } from '../../../src/consumers/turbine-monitor/handler.ts';
import { turbineMonitor } from '../../../src/consumers/turbine-monitor/watch-turbine.ts';
import { makeWindowProcessor } from '../../../src/consumers/window-aggregator/processor.ts';
import { turbineState } from '../../../src/core/wind/turbine-slot.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';
import { asItems, rawBatch, rawItem, signal } from '../../make/raw-items.ts';
import { recordedHere, recordedMessages, recordedNote } from '../../make/recorded-data.ts';

jest.setTimeout(300_000);

async function cleaned(): Promise<readonly Item<CleanedReading>[]> {
  const publisher = new MemoryPublisher();
  const devices = { factsOf: () => Promise.resolve(new Map()) };
  const cleaner = makeCleanerProcessor({ store: new MemoryStateStore(), publisher, devices });
  const raw = recordedMessages('scada').map(({ value }, offset) =>
    rawItem(offset, value, { topic: 'wind.turbine.raw' }),
  );
  for (let at = 0; at < raw.length; at += 500) await cleaner.apply(rawBatch(raw.slice(at, at + 500)), signal);
  return asItems<CleanedReading>(publisher.published, 'sensor.cleaned');
}

(recordedHere ? describe : describe.skip)(`the recorded turbine${recordedNote}`, () => {
  let database: TestDatabase;
  let items: readonly Item<CleanedReading>[];
  beforeAll(async () => {
    database = await embeddedDatabase();
    items = await cleaned();
  }, 120_000);
  afterAll(() => database.close());

  test('raised and cleared what its year explains', async () => {
    const publisher = new MemoryPublisher();
    const monitor = makeKeyedProcessor({
      consumer: turbineMonitor,
      fold: turbineFold,
      store: new MemoryStateStore(),
      publisher,
    });
    for (let at = 0; at < items.length; at += 500) await monitor.apply(rawBatch(items.slice(at, at + 500)), signal);
    const counts: Record<string, number> = {};
    for (const { value } of publisher.published) {
      const { ruleId, state } = value as AnalyticsAlert;
      counts[`${state} ${ruleId}`] = (counts[`${state} ${ruleId}`] ?? 0) + 1;
    }
    expect(counts).toEqual({
      'RAISED turbine-power-deviation': 9,
      'CLEARED turbine-power-deviation': 8,
      'RAISED turbine-readings-missing': 10,
      'CLEARED turbine-readings-missing': 10,
    });
  });

  test('was available 93.34 % of its year: every slot has a state, and the view has the rule’s', async () => {
    const windows = makeWindowProcessor(database.pool);
    const readings = items as readonly Item<Cleaned>[];
    for (let at = 0; at < readings.length; at += 2000)
      await windows.apply(rawBatch(readings.slice(at, at + 2000)), signal);
    const { rows } = await database.pool.query<{ reported: number; down: number; producing: number; idle: number }>(
      'select sum(reported)::int as reported, sum(down)::int as down, sum(producing)::int as producing, sum(idle)::int as idle from turbine_day',
    );
    const states: Record<string, number> = { producing: 0, idle: 0, down: 0 };
    for (const { value } of items) {
      const of = (name: string) => value.measurements.find(({ metric }) => metric === name)?.value ?? Number.NaN;
      const means = { powerKw: of('activePower'), windMs: of('windSpeed'), possibleKw: of('theoreticalPower') };
      states[turbineState(means)] = (states[turbineState(means)] ?? 0) + 1;
    }
    expect(rows[0]).toEqual({ reported: 50_530, ...states });
    expect(states['down']).toBe(1469);
    const slots = 52_560;
    expect((50_530 - 1469) / slots).toBeCloseTo(0.9334, 4);
    const { rows: deviation } = await database.pool.query<{ share: number }>(
      `select sum(power_kw) / sum(possible_kw) as share from turbine_slot where state = 'producing'`,
    );
    expect((deviation[0]?.share ?? 0) - 1).toBeCloseTo(-0.0884, 3);
  });
});
