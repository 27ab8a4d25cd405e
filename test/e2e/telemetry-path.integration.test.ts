import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PublishResponse } from '../../src/services/ingest/messages.ts';
import {
  type Bus,
  freshEngines,
  killLeftovers,
  portsOf,
  runVerb,
  type Stopped,
  startBus,
  temporaryFolder,
} from './bus.ts';
import { type Audited, audit, deadLetters, eventsOf, type LoggedEvent, lake, lakeCounts, sql } from './observing.ts';
import { sendStory, startMs } from './telemetry-story.ts';

// The tests follow one small story from the devices to every sink, in order: each builds on the ones before.

const folder = temporaryFolder();
let engines: Awaited<ReturnType<typeof freshEngines>>;
let bus: Bus;
let partlyRefused: PublishResponse;
let audited: Audited;

beforeAll(async () => {
  engines = await freshEngines();
  bus = await startBus({ dataDir: folder.path, engines, flags: ['--lake-seconds', '2'] });
  partlyRefused = await sendStory(bus.endpoints);
  audited = await audit(bus);
}, 180_000);

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

const byText = (left: readonly unknown[], right: readonly unknown[]) => (String(left) < String(right) ? -1 : 1);

const ofKey = (events: readonly LoggedEvent[], key: string) => events.filter((event) => event.key === key);

const alerts = async (topic: string) =>
  (await eventsOf(bus, topic)).map(({ type, data }) => [type, data['kind'], data['deviceId'], data['severity']]);

const windows = (view: string, device: string, metric: string) =>
  sql(
    bus,
    `select window_start, count::int, minimum, mean, maximum, total from ${view}
     where device_id = '${device}' and metric = '${metric}' order by 1`,
  );

const text = (base64: string | null | undefined) => Buffer.from(base64 ?? '', 'base64').toString();

describe('what devices send', () => {
  test('becomes cleaned events in the log, repaired and flagged', async () => {
    const events = await eventsOf(bus, 'vehicle.telemetry.v1');
    const van = ofKey(events, 'van-7');
    expect(van.map(({ data }) => [data['time'], data['quality'], data['altitudeM']])).toEqual([
      [startMs, [], null],
      [startMs + 1000, ['OUT_OF_RANGE'], null],
      [startMs + 2000, ['TIME_REPAIRED'], null],
      [startMs + 3000, [], null],
    ]);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['vehicle.telemetry.cleaned']));
    expect(ofKey(events, 'scooter-9').map(({ data }) => [data['fleet'], data['batteryPercent']])).toEqual(
      Array.from({ length: 3 }, () => ['mobility', 6]),
    );
    expect(events).toHaveLength(7);
  });

  test('is printed decoded for people, one event a line', async () => {
    const flags = ['--key', 'van-7', '--filter', 'emergency=crash', '--data-dir', folder.path];
    const { exitCode, lines } = await runVerb(['consume', 'vehicle.telemetry.v1', ...flags]);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([expect.stringMatching(/ van-7 +vehicle\.telemetry\.cleaned +\{.*"emergency":"crash"/)]);
  });

  test('comes from turbines and sensors in normal units', async () => {
    const events = await eventsOf(bus, 'sensor.cleaned');
    expect(events.map(({ key }) => key).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'sensor-1'),
      ...Array.from({ length: 6 }, () => 'turbine-1'),
    ]);
    const [first] = ofKey(events, 'sensor-1');
    expect(first?.data['measurements']).toEqual([{ metric: 'temperature', value: expect.closeTo(100), unit: 'C' }]);
  });

  test('raises one alert an incident', async () => {
    expect(await alerts('vehicle.alerts.v1')).toEqual([['alert.raised', 'emergency', 'van-7', 'CRITICAL']]);
    expect(await alerts('alerts')).toEqual([['alert.raised', 'low_battery_alert', 'scooter-9', 'WARNING']]);
    expect((await alerts('analytics.alerts')).toSorted(byText)).toEqual([
      ['alert.raised', 'maintenance_required', 'turbine-1', 'WARNING'],
      ['alert.raised', 'out_of_range', 'sensor-1', 'WARNING'],
    ]);
  });

  test('lies in PostgreSQL as time series, device metadata and windows', async () => {
    expect(await sql(bus, 'select vehicle_id, count(*)::int from vehicle_reading group by 1 order by 1')).toEqual([
      { vehicle_id: 'scooter-9', count: 3 },
      { vehicle_id: 'van-7', count: 4 },
    ]);
    expect(
      await sql(bus, 'select device_id, metric, count(*)::int from measurement group by 1, 2 order by 1, 2'),
    ).toEqual([
      { device_id: 'sensor-1', metric: 'temperature', count: 3 },
      { device_id: 'turbine-1', metric: 'activePower', count: 6 },
      { device_id: 'turbine-1', metric: 'theoreticalPower', count: 6 },
      { device_id: 'turbine-1', metric: 'windSpeed', count: 6 },
    ]);
    expect(await sql(bus, 'select device_id, kind, type from device order by 1')).toEqual([
      { device_id: 'scooter-9', kind: 'vehicle', type: 'scooter' },
      { device_id: 'sensor-1', kind: 'sensor', type: null },
      { device_id: 'turbine-1', kind: 'turbine', type: null },
      { device_id: 'van-7', kind: 'vehicle', type: 'van' },
    ]);
  });

  test('is summed in windows of ten minutes, hours and days', async () => {
    expect(await windows('reading_window_10min', 'van-7', 'speed')).toEqual([
      { window_start: new Date(startMs), count: 4, minimum: 0, mean: 25.5, maximum: 36, total: 102 },
    ]);
    const tenMinutes = await windows('reading_window_10min', 'turbine-1', 'energy');
    expect(tenMinutes.map(({ count, total }) => [count, total])).toEqual(Array.from({ length: 6 }, () => [1, 15]));
    const days = await windows('reading_window_day', 'turbine-1', 'energy');
    expect(days.reduce((sum, { total }) => sum + Number(total), 0)).toBe(90);
  });
});

describe('what cannot be used', () => {
  test('is refused at the entrance, by ending the connection, and counted', async () => {
    const { accepted, refused } = await bus.untilStatus(({ refused }) => refused >= 3);
    // MQTT counts messages, 6 and 2; gRPC counts readings, 9 and 1.
    expect({ accepted, refused }).toEqual({ accepted: 15, refused: 3 });
  });

  test('is named reading by reading over gRPC, while the others are taken', () => {
    expect(partlyRefused).toMatchObject({
      accepted: 3,
      rejected: [{ index: 3, field: 'metric', code: 'EVENTBUS_INGEST_READING_INVALID' }],
    });
  });

  test('goes to the dead-letter queue as a whole when no device could have meant it', async () => {
    const letters = await deadLetters(bus, 'telemetry-cleaner');
    expect(letters).toMatchObject([{ topic: 'telemetry.raw.v1', code: 'EVENTBUS_CODEC_JSON_INVALID' }]);
    expect([text(letters[0]?.key), text(letters[0]?.value)]).toEqual(['van-8', '{"deviceId":"van-8","read']);
  });

  test('is recorded as skipped with its reason when a single reading is at fault', async () => {
    const cleaner = `consumer = 'telemetry-cleaner'`;
    expect(
      await sql(bus, `select consumer, topic, item, reason from skipped_record where ${cleaner} order by topic`),
    ).toEqual([
      { consumer: 'telemetry-cleaner', topic: 'telemetry.raw.v1', item: 4, reason: 'rejected' },
      { consumer: 'telemetry-cleaner', topic: 'veh.events.raw', item: -1, reason: 'duplicate' },
    ]);
  });
});

/** The consumers that this story is about; those of the businesses have stories of their own. */
const ofTelemetry = ['telemetry-cleaner', 'alert-evaluator', 'timeseries-writer', 'window-aggregator'];

/** Topics that only devices, and what is made of their readings at once, write to; others move on with the clock. */
const deviceTopics = ['telemetry.raw.v1', 'wind.turbine.raw', 'sensor.raw', 'veh.events.raw', 'vehicle.telemetry.v1'];

const rowsOfTelemetry = ({ report }: Audited) =>
  report.rows.filter(({ consumer, topic }) => ofTelemetry.includes(consumer) || deviceTopics.includes(topic));

const ofDevices = (counts: Readonly<Record<string, number>>) => deviceTopics.map((topic) => [topic, counts[topic]]);

describe('the audit', () => {
  test('finds one fate for every reading and every record', () => {
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    const fates = audited.report.rows.map((row) => {
      const skipped = Object.values(row.skipped).reduce((sum, count) => sum + count, 0);
      return [`${row.consumer} ${row.topic}`, row.records, row.items, row.applied, skipped, row.deadLettered];
    });
    expect(fates.filter(([name]) => ofTelemetry.includes(String(name).split(' ')[0] ?? '')).sort(byText)).toEqual([
      ['alert-evaluator sensor.cleaned', 9, 9, 9, 0, 0],
      ['alert-evaluator vehicle.telemetry.v1', 7, 7, 7, 0, 0],
      ['telemetry-cleaner sensor.raw', 3, 3, 3, 0, 0],
      ['telemetry-cleaner telemetry.raw.v1', 2, 6, 4, 1, 1],
      ['telemetry-cleaner veh.events.raw', 4, 4, 3, 1, 0],
      ['telemetry-cleaner wind.turbine.raw', 6, 6, 6, 0, 0],
      ['timeseries-writer sensor.cleaned', 9, 9, 9, 0, 0],
      ['timeseries-writer vehicle.telemetry.v1', 7, 7, 7, 0, 0],
      ['window-aggregator sensor.cleaned', 9, 9, 9, 0, 0],
      ['window-aggregator vehicle.telemetry.v1', 7, 7, 7, 0, 0],
    ]);
  });
});

describe('after the end of the program', () => {
  let stopped: Stopped;
  let counts: Readonly<Record<string, number>>;

  beforeAll(async () => {
    stopped = await bus.stop();
    counts = await lakeCounts(bus.endpoints.lake);
  });

  test('its ledger says what became of the records', () => {
    expect(stopped.exitCode).toBe(0);
    expect(stopped.ledger).toContainEqual({
      consumer: 'telemetry-cleaner',
      topic: 'telemetry.raw.v1',
      in: 2,
      applied: 1,
      deadLettered: 1,
      skipped: {},
    });
    expect(stopped.ledger).toContainEqual({
      consumer: 'telemetry-cleaner',
      topic: 'veh.events.raw',
      in: 4,
      applied: 3,
      deadLettered: 0,
      skipped: { duplicate: 1 },
    });
  });

  test('every record lies in a Parquet file, with columns by its schema', async () => {
    expect(counts).toMatchObject({
      'vehicle.telemetry.v1': 7,
      'sensor.cleaned': 9,
      'vehicle.alerts.v1': 1,
      alerts: 1,
      'analytics.alerts': 2,
      'wind.turbine.raw': 6,
    });
    const rows = await lake(
      bus.endpoints.lake,
      `SELECT vehicleId AS vehicle, epoch_ms(time) AS ms, batteryPercent AS battery, ce_type AS type FROM {vehicle.telemetry.v1}
       WHERE vehicleId = 'van-7' ORDER BY time LIMIT 1`,
    );
    expect(rows).toEqual([{ vehicle: 'van-7', ms: String(startMs), battery: 81, type: 'vehicle.telemetry.cleaned' }]);
  });

  test('the next start continues on the same state and changes nothing', async () => {
    const ports = portsOf(bus.endpoints);
    bus = await startBus({ dataDir: folder.path, engines, ports, flags: ['--lake-seconds', '2'] });
    const again = await audit(bus);
    expect(again.exitCode).toBe(0);
    expect(rowsOfTelemetry(again)).toEqual(rowsOfTelemetry(audited));
    const { exitCode } = await bus.stop();
    expect(exitCode).toBe(0);
    expect(ofDevices(await lakeCounts(bus.endpoints.lake))).toEqual(ofDevices(counts));
  }, 120_000);
});
