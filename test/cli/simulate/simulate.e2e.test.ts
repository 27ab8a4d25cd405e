import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { simulate } from '../../../src/cli/simulate/simulate.ts';
import { makeDevices } from '../../../src/cli/simulate/simulated-devices.ts';
import type { CleanedValue } from '../../../src/consumers/alert-evaluator/evaluate-record.ts';
import { makeEvaluatorProcessor } from '../../../src/consumers/alert-evaluator/processor.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import type { RawValue } from '../../../src/consumers/telemetry-cleaner/clean-record.ts';
import { makeCleanerProcessor } from '../../../src/consumers/telemetry-cleaner/processor.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { asItems, rawBatch, rawItem, signal } from '../../make/raw-items.ts';
import { may1st } from '../../make/readings.ts';
import { type PlainVia, type TestGateway, testGateway } from '../../make/test-gateways.ts';
import { MemoryLog } from '../../services/ingest/memory-log.ts';

const gateways: TestGateway[] = [];
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())));

async function open(via: PlainVia, log: MemoryLog): Promise<TestGateway> {
  const gateway = await testGateway(via, log);
  gateways.push(gateway);
  return gateway;
}

const population = { vehicles: 12, scooters: 28, turbines: 10, batch: 1, seed: 1 };
const few = { vehicles: 6, scooters: 6, turbines: 6, batch: 5, seed: 1 };
const rawTopics = {
  TelemetryBatch: 'telemetry.raw.v1',
  TurbineReading: 'wind.turbine.raw',
  VehicleBayEvent: 'veh.events.raw',
};

/** Alerts that the rules find in some seconds of simulated life, with the second of each. */
async function alertsWithin(seconds: number, seed: number): Promise<string[]> {
  const devices = makeDevices({ ...population, seed });
  const raw = new Map<string, Item<RawValue>[]>();
  for (let second = 1; second <= seconds; second += 1) {
    for (const device of devices) {
      const { subject, value } = device.next(may1st + second * 1000, 1);
      const topic = rawTopics[subject];
      const items = raw.get(topic) ?? [];
      raw.set(topic, [
        ...items,
        rawItem(items.length, value, { topic, event: { id: `${topic}-${items.length}`, source: '', type: '' } }),
      ]);
    }
  }
  const store = new MemoryStateStore();
  const cleaned = new MemoryPublisher();
  const alerts = new MemoryPublisher();
  const facts = { factsOf: () => Promise.resolve(new Map()) };
  const cleaner = makeCleanerProcessor({ store, publisher: cleaned, devices: facts });
  for (const items of raw.values()) await cleaner.apply(rawBatch(items), signal);
  const evaluator = makeEvaluatorProcessor({ store, publisher: alerts });
  for (const topic of ['vehicle.telemetry.v1', 'sensor.cleaned']) {
    await evaluator.apply(rawBatch(asItems<CleanedValue>(cleaned.published, topic)), signal);
  }
  expect(store.skips).toEqual([]);
  return alerts.published.map(({ topic, value }) => `${topic} ${(value as { ruleId: string }).ruleId}`);
}

const lives = (seed: number) => makeDevices({ ...population, seed }).map((device) => device.next(may1st, 1).value);

describe('simulated lives', () => {
  test('are the same for the same seed', () => {
    expect(lives(4)).toEqual(lives(4));
    expect(lives(4)).not.toEqual(lives(5));
  });

  test('a vehicle’s batch covers its interval evenly, and its counter goes on', () => {
    const [car] = makeDevices({ vehicles: 1, scooters: 0, turbines: 0, batch: 4, seed: 1 });
    const [first, second] = [car?.next(may1st + 2000, 2), car?.next(may1st + 4000, 2)].map((message) =>
      message?.subject === 'TelemetryBatch' ? message.value.readings : [],
    );
    expect(first?.map(({ time }) => Date.parse(time) - may1st)).toEqual([500, 1000, 1500, 2000]);
    expect(second?.map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8]);
  });

  test.each([1, 2, 3])(
    'with seed %p something worth an alert happens within 30 seconds in both fleets',
    async (seed) => {
      const alerts = await alertsWithin(30, seed);
      expect(alerts).toContain('alerts battery-low');
      expect(alerts).toContain('vehicle.alerts.v1 battery-low');
    },
  );

  test('in five minutes turbines stand still too, and vehicles drive too fast', async () => {
    const alerts = await alertsWithin(300, 1);
    expect(alerts).toEqual(
      expect.arrayContaining(['analytics.alerts turbine-power-low', 'vehicle.alerts.v1 speeding']),
    );
  });
});

describe.each(['mqtt', 'grpc'] as const)('a simulation over %s', (via) => {
  test('sends at the rate that was asked for, and everything is acknowledged', async () => {
    const log = new MemoryLog();
    const { target } = await open(via, log);
    const seen: number[] = [];
    const summary = await simulate({
      ...few,
      via,
      rate: 400,
      target: () => target,
      durationSeconds: 1.5,
      onProgress: ({ acknowledged }) => seen.push(acknowledged),
    });
    expect(summary.readings).toBeGreaterThan(400);
    // Never more than is due, but for the rest of the message that is.
    expect(summary.readings).toBeLessThanOrEqual((summary.elapsedMs / 1000) * 400 + few.batch);
    expect(summary).toMatchObject({ devices: 18, refused: 0, acknowledged: summary.readings });
    expect(seen.at(-1)).toBe(summary.acknowledged);
    expect(new Set(log.records.map(({ topic }) => topic))).toEqual(new Set(Object.values(rawTopics)));
    expect(new Set(log.records.map(({ key }) => String(key))).size).toBe(18);
  });

  test('leaves readings out rather than piling them up when the bus takes none', async () => {
    const log = new MemoryLog();
    const release = log.hold();
    const { target } = await open(via, log);
    const end = new AbortController();
    const ended = once(end.signal, 'abort');
    // Progress is told first when half a second is over, and 50,000 readings are due.
    const onProgress = () => end.abort();
    const options = { via, rate: 100_000, window: 20, target: () => target, signal: end.signal, onProgress };
    const simulating = simulate(options);
    await Promise.race([ended, simulating]);
    release();
    const summary = await simulating;
    expect(summary.readings).toBeLessThan(10_000);
    expect(summary.acknowledged).toBeLessThanOrEqual(summary.readings);
  });
});

test('nothing to simulate, and no bus to send to, are said so', async () => {
  const nobody = { vehicles: 0, scooters: 0, turbines: 0 };
  const options = { via: 'mqtt', rate: 1, target: () => 'mqtt://127.0.0.1:1', firstConnectMs: 100 } as const;
  await expect(simulate({ ...options, ...nobody })).rejects.toMatchObject({ code: 'EVENTBUS_DEVICE_POPULATION_EMPTY' });
  await expect(simulate({ ...options, durationSeconds: 5 })).rejects.toMatchObject({
    code: 'EVENTBUS_DEVICE_UNREACHABLE',
  });
});
