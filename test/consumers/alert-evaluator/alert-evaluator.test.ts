import { describe, expect, test } from '@jest/globals';
import type { VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import { derivedId } from '../../../src/codec/event-id.ts';
import type { CleanedValue } from '../../../src/consumers/alert-evaluator/evaluate-record.ts';
import { makeEvaluatorProcessor } from '../../../src/consumers/alert-evaluator/processor.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { rawBatch, signal } from '../../make/raw-items.ts';
import { cleanedReading, may1st, vehicleTelemetry } from '../../make/readings.ts';

function setUp(store = new MemoryStateStore(), publisher = new MemoryPublisher()) {
  const processor = makeEvaluatorProcessor({ store, publisher });
  const apply = (items: readonly Item<CleanedValue>[]) => processor.apply(rawBatch(items), signal);
  return { store, publisher, apply };
}

const item = (offset: number, value: CleanedValue): Item<CleanedValue> => ({
  topic: 'vehicleId' in value ? 'vehicle.telemetry.v1' : 'sensor.cleaned',
  partition: 0,
  offset,
  timestampMs: may1st,
  key: 'vehicleId' in value ? value.vehicleId : value.deviceId,
  event: { id: `cleaned-${offset}`, source: '/telemetry-cleaner', type: 'cleaned' },
  value,
});

const driving = (percents: readonly number[], given: Partial<VehicleTelemetry> = {}) =>
  percents.map((batteryPercent, index) =>
    item(index, vehicleTelemetry({ ...given, batteryPercent, time: may1st + index * 1000, sequence: index })),
  );

describe('the alert evaluator', () => {
  test('raises an own vehicle’s alert with everything a person needs', async () => {
    const { publisher, apply } = setUp();
    await apply(driving([19, 18, 17]));
    expect(publisher.published).toEqual([
      {
        topic: 'vehicle.alerts.v1',
        key: 'car-1',
        subject: 'VehicleAlert',
        event: {
          id: derivedId('cleaned-2', 'alert-evaluator', 0),
          source: '/alert-evaluator',
          type: 'alert.raised',
          time: '2026-05-01T08:00:02.000Z',
          subject: 'car-1',
          traceparent: undefined,
        },
        value: {
          alertId: derivedId('cleaned-2', 'alert-evaluator', 0),
          incidentId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          kind: 'low_battery_alert',
          state: 'RAISED',
          severity: 'WARNING',
          deviceId: 'car-1',
          ruleId: 'battery-low',
          time: may1st + 2000,
          value: 17,
          threshold: 20,
          unit: '%',
          message: 'Car car-1: battery is at 17 %, below 20 %.',
          latitude: 59.91,
          longitude: 10.75,
          city: 'oslo',
          sourceEventId: 'cleaned-2',
        },
      },
    ]);
  });

  test('clears with the incident’s id, and the alerts of shared vehicles go to their own topic', async () => {
    const { publisher, apply } = setUp();
    await apply(driving([10, 10, 10, 40, 40, 40], { fleet: 'mobility', vehicleType: 'scooter' }));
    const [raised, cleared] = publisher.published;
    expect(raised).toMatchObject({ topic: 'alerts', subject: 'Alert', value: { state: 'RAISED' } });
    expect(cleared).toMatchObject({ topic: 'alerts', event: { type: 'alert.cleared' }, value: { state: 'CLEARED' } });
    const ids = publisher.published.map(({ value }) => (value as { incidentId: string }).incidentId);
    expect(ids[0]).toBe(ids[1]);
  });

  test('a turbine’s alert goes to analytics', async () => {
    const { publisher, apply } = setUp();
    const measurements = [
      { metric: 'activePower', value: 0, unit: 'kW' },
      { metric: 'windSpeed', value: 12, unit: 'm/s' },
      { metric: 'theoreticalPower', value: 3300, unit: 'kW' },
    ];
    await apply(
      Array.from({ length: 6 }, (_, index) =>
        item(index, cleanedReading({ measurements, time: may1st + index * 600_000, sequence: index })),
      ),
    );
    expect(publisher.published).toMatchObject([
      {
        topic: 'analytics.alerts',
        subject: 'AnalyticsAlert',
        key: 'turbine-1',
        value: { kind: 'maintenance_required' },
      },
    ]);
  });

  test('open incidents survive a restart, and a crash before storing repeats only the same ids', async () => {
    const { store, publisher, apply } = setUp();
    const records = driving([19, 18, 17, 16, 40, 40, 40]);
    store.failNextCommit = new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'killed');
    await expect(apply(records.slice(0, 4))).rejects.toThrow('killed');
    await setUp(store, publisher).apply(records.slice(0, 4));
    await setUp(store, publisher).apply(records.slice(2));
    const ids = publisher.ids();
    expect(ids).toHaveLength(3);
    expect(ids[0]).toBe(ids[1]);
    const incidents = publisher.published.map(({ value }) => (value as { incidentId: string }).incidentId);
    expect(new Set(incidents).size).toBe(1);
  });

  test('second copies of a cleaned event and readings that are late are recorded and change nothing', async () => {
    const { store, publisher, apply } = setUp();
    const [first, second, third] = driving([19, 18, 17]);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three readings');
    const late = item(4, vehicleTelemetry({ batteryPercent: 1, time: may1st - 1000, sequence: 99 }));
    const outcomes = await apply([
      first,
      second,
      { ...second, offset: 2 },
      { ...first, offset: 3 },
      late,
      { ...third, offset: 5 },
    ]);
    expect(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.fate))).toEqual([
      'applied',
      'applied',
      'duplicate',
      'duplicate',
      'filtered',
      'applied',
    ]);
    expect(store.skips.map(({ offset, reason }) => [offset, reason])).toEqual([
      [2, 'duplicate'],
      [3, 'duplicate'],
      [4, 'filtered'],
    ]);
    expect(publisher.published).toHaveLength(1);
  });
});
