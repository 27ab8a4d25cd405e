import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplaySummary } from '../../src/cli/replay-file/replay-file.ts';
import { recordedFile, recordedHere, recordedNote } from '../make/recorded-data.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { type Audited, audit, lake, sql } from './observing.ts';
import { type TurbineRows, turbineRows, type VehicleRows, vehicleRows } from './recorded-rows.ts';

const folder = temporaryFolder();
let bus: Bus;
let audited: Audited;
let vehicle: VehicleRows;
let turbine: TurbineRows;
let replays: readonly ReplaySummary[];

async function replay(profile: 'twizy' | 'scada', via: 'mqtt' | 'grpc'): Promise<ReplaySummary> {
  const target = ['--profile', profile, '--via', via, '--speed', 'max', '--data-dir', folder.path, '--json'];
  const { exitCode, output, errors } = await runVerb(['replay-file', recordedFile(profile), ...target]);
  if (exitCode !== 0) throw new Error(`replay-file ended with ${exitCode}: ${errors}`);
  return JSON.parse(output);
}

/** Sequences of the vehicle's rows that carry the flag: the numbers of the file's rows. */
async function flagged(flag: string): Promise<readonly number[]> {
  const rows = await sql<{ row: number }>(
    bus,
    `select sequence::int as row from vehicle_reading where '${flag}' = any(quality) order by 1`,
  );
  return rows.map(({ row }) => row);
}

/** Incidents of an alert topic by kind and state; each is told once. */
async function incidentsOf(topic: string): Promise<ReadonlyMap<string, number>> {
  const rows = await lake(
    bus.endpoints.lake,
    `SELECT kind || ' ' || state AS name, count(*)::INTEGER AS alerts, count(DISTINCT incidentId)::INTEGER AS incidents
     FROM {${topic}} GROUP BY ALL`,
  );
  for (const { alerts, incidents } of rows) expect(alerts).toBe(incidents);
  return new Map(rows.map(({ name, incidents }) => [String(name), Number(incidents)]));
}

(recordedHere ? describe : describe.skip)(`the recorded files${recordedNote}`, () => {
  beforeAll(async () => {
    vehicle = vehicleRows(recordedFile('twizy'));
    turbine = turbineRows(recordedFile('scada'));
    bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '2'] });
    replays = await Promise.all([replay('twizy', 'mqtt'), replay('scada', 'grpc')]);
    audited = await audit(bus);
  }, 600_000);

  afterAll(async () => {
    await killLeftovers();
    folder.remove();
  });

  test('are sent and acknowledged, every row', () => {
    expect(replays.map(({ rows, acknowledged, refused, badRows }) => [rows, acknowledged, refused, badRows])).toEqual([
      [vehicle.count, vehicle.count, 0, 0],
      [turbine.count, turbine.count, 0, 0],
    ]);
  });

  test('have a fate for every row, and none twice', () => {
    expect([vehicle.count, turbine.count]).toEqual([43_056, 50_530]);
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    expect(audited.row('telemetry-cleaner', 'telemetry.raw.v1')).toMatchObject({
      items: vehicle.count,
      applied: vehicle.count,
    });
    expect(audited.row('telemetry-cleaner', 'wind.turbine.raw')).toMatchObject({
      items: turbine.count,
      applied: turbine.count,
    });
    for (const consumer of ['timeseries-writer', 'window-aggregator']) {
      expect(audited.row(consumer, 'vehicle.telemetry.v1')).toMatchObject({
        records: vehicle.count,
        applied: vehicle.count,
      });
      expect(audited.row(consumer, 'sensor.cleaned')).toMatchObject({
        records: turbine.count,
        applied: turbine.count,
      });
    }
    expect(audited.row('alert-evaluator', 'vehicle.telemetry.v1')).toMatchObject({
      applied: vehicle.count - vehicle.late.length,
      skipped: { filtered: vehicle.late.length },
    });
  });

  test('lead to exactly the flags that each row of the car’s file deserves', async () => {
    expect(await flagged('TIME_REPAIRED')).toEqual(vehicle.impossibleDate);
    expect(await flagged('POSITION_REPAIRED')).toEqual(vehicle.atLatitudeZero);
    expect(await flagged('OUT_OF_RANGE')).toEqual(vehicle.belowGround);
    expect(await flagged('POSITION_STUCK')).toEqual(vehicle.stuck);
    expect(await flagged('LATE')).toEqual(vehicle.late);
    const counts = [vehicle.impossibleDate, vehicle.atLatitudeZero, vehicle.belowGround].map(({ length }) => length);
    expect(counts).toEqual([170, 4, 111]);
    expect(vehicle.stuck.length).toBeGreaterThan(0);
    expect(vehicle.late.length).toBeGreaterThan(0);
  });

  test('leave each row of the car’s file in the time series once', async () => {
    const [once] = await sql(
      bus,
      `select count(*)::int as rows, count(distinct sequence)::int as sequences, min(sequence)::int as first,
              max(sequence)::int as last from vehicle_reading`,
    );
    expect(once).toEqual({ rows: vehicle.count, sequences: vehicle.count, first: 1, last: vehicle.count });
  });

  test('lead to the turbine’s gaps, negative power and energy as its file has them', async () => {
    const gaps = await sql<{ row: number }>(
      bus,
      `select distinct sequence::int as row from measurement where 'GAP_BEFORE' = any(quality) order by 1`,
    );
    expect(gaps.map(({ row }) => row)).toEqual(turbine.afterGap);
    const [sums] = await sql<{ negative: number; energy: number }>(
      bus,
      `select (select count(*)::int from measurement where metric = 'activePower' and value < 0) as negative,
              (select sum(total) from reading_window_day where metric = 'energy') as energy`,
    );
    expect(turbine.afterGap.length).toBeGreaterThan(0);
    expect(turbine.negativePower).toBeGreaterThan(0);
    expect(sums?.negative).toBe(turbine.negativePower);
    expect(sums?.energy).toBeCloseTo(turbine.energyKwh, 3);
  });

  test('fill windows with as many readings as the time series has', async () => {
    for (const view of ['reading_window_10min', 'reading_window_hour', 'reading_window_day']) {
      const [windows] = await sql(
        bus,
        `select sum(count)::int as readings, max(maximum) as fastest from ${view}
         where metric = 'speed' and device_id like 'twizy-%'`,
      );
      expect({ view, ...windows }).toEqual({ view, readings: vehicle.count, fastest: vehicle.fastestKmh });
    }
  });

  test('raise alerts for real incidents, each once, and clear no more than were raised', async () => {
    const vehicles = await incidentsOf('vehicle.alerts.v1');
    const turbines = await incidentsOf('analytics.alerts');
    expect(vehicles.get('speeding RAISED')).toBeGreaterThan(0);
    expect(vehicles.get('low_battery_alert RAISED')).toBeGreaterThan(0);
    expect(turbines.get('maintenance_required RAISED')).toBeGreaterThan(0);
    for (const alerts of [vehicles, turbines]) {
      for (const kind of new Set([...alerts.keys()].map((name) => name.split(' ')[0]))) {
        expect(alerts.get(`${kind} CLEARED`) ?? 0).toBeLessThanOrEqual(alerts.get(`${kind} RAISED`) ?? 0);
      }
    }
  });

  test('give the same counts by SQL and by DuckDB as the audit has', async () => {
    const [tables] = await sql(
      bus,
      `select (select count(*)::int from vehicle_reading) as vehicles,
              (select count(distinct event_id)::int from measurement) as readings,
              (select count(*)::int from window_applied) as windows`,
    );
    const all = vehicle.count + turbine.count;
    expect(tables).toEqual({ vehicles: vehicle.count, readings: turbine.count, windows: all });
    const rows = await lake(
      bus.endpoints.lake,
      `SELECT kafka_topic AS topic, count(*)::INTEGER AS records,
              count(DISTINCT (kafka_partition, kafka_offset))::INTEGER AS places FROM {*} GROUP BY ALL`,
    );
    const inLake = new Map(rows.map(({ topic, records, places }) => [topic, [records, places]]));
    expect(inLake.get('vehicle.telemetry.v1')).toEqual([vehicle.count, vehicle.count]);
    expect(inLake.get('sensor.cleaned')).toEqual([turbine.count, turbine.count]);
    for (const { topic, applied } of audited.report.rows.filter(({ consumer }) => consumer === 'lake-transform')) {
      expect({ topic, counts: inLake.get(topic) }).toEqual({ topic, counts: [applied, applied] });
    }
  });

  test('leave a program that ends cleanly', async () => {
    const { exitCode, ledger } = await bus.stop();
    expect(exitCode).toBe(0);
    expect(ledger.find(({ topic }) => topic === 'wind.turbine.raw')).toMatchObject({
      in: turbine.count,
      applied: turbine.count,
    });
  });
});
