import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ReplayOptions, replayFile } from '../../../src/cli/replay-file/replay-file.ts';
import { summaryText } from '../../../src/cli/replay-file/summary-text.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { type PlainVia, type TestGateway, testGateway } from '../../make/test-gateways.ts';
import { MemoryLog } from '../../services/ingest/memory-log.ts';

const codec = makeCodec();
const twizyHeader =
  'trip_id,Date,Time,Soc,Speed,Mode,LAT,LON,ALT,GpsSpeed,Temperature,Humidity,Weather,WindSpeedAv,Traffic,SpeedLimit';
const scadaHeader = 'Date/Time,LV ActivePower (kW),Wind Speed (m/s),Theoretical_Power_Curve (KWh),Wind Direction (°)';

const clockOf = (index: number) =>
  [Math.floor(index / 3600) + 10, Math.floor(index / 60) % 60, index % 60].map((part) => String(part).padStart(2, '0'));
const twizyRow = (index: number, trip = 'T1_x') =>
  `${trip},03/29/2021,${clockOf(index).join(':')},80.5,30.0,D,33.99,-6.72,140,29.0,20,60,Clouds,2.4,0,60`;
const scadaRow = (index: number) =>
  `01 01 2018 ${clockOf(index * 60)
    .slice(0, 2)
    .join(':')},${index},5.5,400,260`;
const rows = (count: number, row: (index: number) => string) => Array.from({ length: count }, (_, index) => row(index));

let folder: ReturnType<typeof temporaryDirectory>;
let log: MemoryLog;
const gateways: TestGateway[] = [];

beforeEach(() => {
  folder = temporaryDirectory();
  log = new MemoryLog();
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
  folder.remove();
});

function fileOf(...lines: readonly string[]): string {
  const file = join(folder.path, 'recorded.csv');
  writeFileSync(file, lines.join('\n'));
  return file;
}

async function open(via: PlainVia): Promise<TestGateway> {
  const gateway = await testGateway(via, log);
  gateways.push(gateway);
  return gateway;
}

type Given = Omit<Partial<ReplayOptions>, 'via'> & { readonly via?: PlainVia };

/** Sends a file to a gateway of its own. */
async function replay(given: Given & { readonly file: string }) {
  const via = given.via ?? 'mqtt';
  const gateway = await open(via);
  return replayFile({ profile: 'twizy', via, speed: 'max', target: () => gateway.target, ...given });
}

const batches = () =>
  log.records.map(
    ({ headers, value }) =>
      codec.decodeRecord('TelemetryBatch', headers['content-type'], value ?? Buffer.alloc(0)).value,
  );

/** Counters of the readings in the log, by device, without copies. */
function countersOf(device: string): number[] {
  const counters = batches()
    .filter(({ deviceId }) => deviceId === device)
    .flatMap(({ readings }) => readings.map(({ sequence }) => sequence ?? -1));
  return [...new Set(counters)].toSorted((a, b) => a - b);
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe.each(['mqtt', 'grpc'] as const)('over %s', (via) => {
  test('a vehicle’s rows become batches of readings that say what the file says', async () => {
    const file = fileOf(twizyHeader, ...rows(45, twizyRow));
    const summary = await replay({ file, via });
    expect(summary).toMatchObject({
      rows: 45,
      readings: 45,
      acknowledged: 45,
      refused: 0,
      badRows: 0,
      open: 0,
      messages: 3,
    });
    expect(countersOf('twizy-t1')).toEqual(upTo(45));
    expect(new Set(log.records.map(({ key, topic }) => `${topic} ${String(key)}`))).toEqual(
      new Set(['telemetry.raw.v1 twizy-t1']),
    );
    expect(batches()[0]).toMatchObject({ deviceId: 'twizy-t1', vehicleType: 'car' });
    expect(batches()[0]?.readings[0]).toEqual({
      time: '2021-03-29T10:00:00+01:00',
      sequence: 1,
      latitude: 33.99,
      longitude: -6.72,
      altitudeM: 140,
      speedKmh: 30,
      gpsSpeedKmh: 29,
      speedLimitKmh: 60,
      batteryPercent: 80.5,
      mode: 'D',
      odometerKm: null,
      temperatureC: 20,
      humidityPercent: 60,
      tripId: 'T1_x',
      emergency: null,
      faults: [],
    });
  });

  test('a turbine’s rows become readings', async () => {
    const file = fileOf(scadaHeader, ...rows(30, scadaRow));
    expect(await replay({ file, via, profile: 'scada' })).toMatchObject({ rows: 30, acknowledged: 30 });
    const [first] = log.records.map(
      ({ headers, value }) =>
        codec.decodeRecord('TurbineReading', headers['content-type'], value ?? Buffer.alloc(0)).value,
    );
    expect(log.records).toHaveLength(30);
    expect(first).toEqual({
      turbineId: 'yalova-1',
      time: '2018-01-01T10:00:00+03:00',
      sequence: 1,
      activePowerKw: 0,
      windSpeedMs: 5.5,
      theoreticalPowerKw: 400,
      windDirectionDeg: 260,
      intervalSeconds: 600,
    });
  });

  test('a bus that goes away and comes back has every reading in the end', async () => {
    const file = fileOf(twizyHeader, ...rows(900, (index) => twizyRow(index, index < 500 ? 'T1_a' : 'T2_b')));
    const first = await open(via);
    let { target } = first;
    let stored = 0;
    const failing = Promise.withResolvers<void>();
    log.gate = (records) => {
      stored += records.length;
      if (stored <= 4) return Promise.resolve();
      failing.resolve();
      return Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'the bus is about to die'));
    };
    const options = { file, profile: 'twizy', via, speed: 'max', batchSize: 10, target: () => target } as const;
    const replaying = replayFile(options);
    await failing.promise;
    await first.close();
    gateways.length = 0;
    log.gate = () => Promise.resolve();
    // At another address: the port may be somebody else's by now.
    ({ target } = await open(via));
    expect(await replaying).toMatchObject({ readings: 900, acknowledged: 900, open: 0 });
    expect(countersOf('twizy-t1')).toEqual(upTo(500));
    expect(countersOf('twizy-t2')).toEqual(upTo(900).slice(500));
  });

  test('an interrupted replay ends soon and says what was not answered', async () => {
    const file = fileOf(twizyHeader, ...rows(100, twizyRow));
    const interruption = new AbortController();
    const summary = await replay({
      file,
      via,
      speed: 1,
      batchSize: 1,
      signal: interruption.signal,
      onProgress: ({ acknowledged }) => {
        if (acknowledged >= 1) interruption.abort();
      },
    });
    expect(summary.interrupted).toBe(true);
    expect(summary.acknowledged).toBeGreaterThanOrEqual(1);
    expect(summary.rows).toBeLessThan(100);
    expect(summaryText(summary)).toContain('interrupted');
  });

  test('a bus that is not there is said so, with the address', async () => {
    const target = via === 'mqtt' ? 'mqtt://127.0.0.1:1' : '127.0.0.1:1';
    const file = fileOf(twizyHeader, twizyRow(0));
    const options = { file, profile: 'twizy', via, speed: 'max', firstConnectMs: 200, target: () => target } as const;
    await expect(replayFile(options)).rejects.toMatchObject({
      code: 'EVENTBUS_DEVICE_UNREACHABLE',
      failure: 'dependency',
      message: expect.stringContaining(target),
    });
  });
});

describe('input that is not as it should be', () => {
  test.each([
    ['EVENTBUS_DEVICE_FILE_EMPTY', []],
    ['EVENTBUS_DEVICE_FILE_EMPTY', [twizyHeader]],
    ['EVENTBUS_DEVICE_FILE_EMPTY', [twizyHeader, '']],
    ['EVENTBUS_DEVICE_COLUMNS_MISSING', ['trip_id,Date,Time', 'T1_a,03/29/2021,10:00:00']],
    ['EVENTBUS_DEVICE_COLUMNS_MISSING', [scadaHeader, scadaRow(0)]],
    ['EVENTBUS_DEVICE_NO_READABLE_ROW', [twizyHeader, 'a,b', 'c,d']],
    ['EVENTBUS_DEVICE_NO_READABLE_ROW', [twizyHeader, twizyRow(0, 'nodevice')]],
  ])('%s for %j', async (code, lines) => {
    await expect(replay({ file: fileOf(...lines) })).rejects.toMatchObject({ code });
    expect(log.records).toHaveLength(0);
  });

  test('the message names the missing columns and those that are there', async () => {
    await expect(replay({ file: fileOf(twizyHeader.replace('LAT', 'lat').replace('Soc,', '')) })).rejects.toThrow(
      /lacks "LAT", "Soc".* "lat"/,
    );
  });

  test('a file that is not there, a folder, a profile or a speed that is none', async () => {
    const file = fileOf(twizyHeader, twizyRow(0));
    const failures: readonly [Given, string][] = [
      [{ file: join(folder.path, 'absent.csv') }, 'EVENTBUS_DEVICE_FILE_UNREADABLE'],
      [{ file: folder.path }, 'EVENTBUS_DEVICE_FILE_UNREADABLE'],
      [{ file, profile: 'constructor' as never }, 'EVENTBUS_DEVICE_PROFILE_UNKNOWN'],
      [{ file, speed: 0 }, 'EVENTBUS_DEVICE_SPEED_INVALID'],
      [{ file, speed: Number.NaN }, 'EVENTBUS_DEVICE_SPEED_INVALID'],
      [{ file, target: () => 'http://localhost' }, 'EVENTBUS_DEVICE_TARGET_INVALID'],
    ];
    for (const [given, code] of failures) {
      await expect(replay({ file, ...given })).rejects.toMatchObject({ code });
    }
  });

  test('rows that cannot be read are counted with their line, and the others keep their counters', async () => {
    const lines = [twizyHeader, twizyRow(0), 'only,three,cells', twizyRow(2), twizyRow(3, 'nodevice'), twizyRow(4)];
    const summary = await replay({ file: fileOf(...lines) });
    expect(summary).toMatchObject({ rows: 5, badRows: 2, readings: 3, acknowledged: 3 });
    expect(summary.firstBadRows.toSorted((a, b) => a.line - b.line)).toEqual([
      { line: 3, reason: 'another number of cells than the header' },
      { line: 5, reason: 'trip_id "nodevice" names no device' },
    ]);
    expect(countersOf('twizy-t1')).toEqual([1, 3, 5]);
    expect(summaryText(summary)).toContain('line 3: another number of cells than the header');
  });

  test('a cell that holds no number is sent as absent and counted; a strange time is the bus’s to judge', async () => {
    const odd = twizyRow(1).replace('80.5', 'n/a').replace('03/29/2021', 'soon');
    const summary = await replay({ file: fileOf(twizyHeader, twizyRow(0), odd) });
    expect(summary).toMatchObject({ badRows: 0, badCells: 1, acknowledged: 2 });
    expect(batches()[0]?.readings[1]).toMatchObject({ batteryPercent: null, time: 'soon 10:00:01' });
  });

  test('an unclosed quote swallows rows to the end, and that is told', async () => {
    const lines = [twizyHeader, twizyRow(0), `"${twizyRow(1)}`, ...rows(5, twizyRow)];
    const summary = await replay({ file: fileOf(...lines) });
    expect(summary).toMatchObject({ readings: 1, badRows: 1 });
    expect(summary.firstBadRows[0]?.reason).toMatch(/quote/i);
  });

  test('a mark at the start of the file and CRLF line ends do no harm', async () => {
    const file = join(folder.path, 'windows.csv');
    writeFileSync(file, `\ufeff${[twizyHeader, ...rows(3, twizyRow)].join('\r\n')}\r\n`);
    expect(await replay({ file })).toMatchObject({ rows: 3, acknowledged: 3 });
  });

  test('a message beyond the gateway’s limit is refused here, and said so', async () => {
    const file = fileOf(twizyHeader, ...rows(500, (index) => twizyRow(index, `T1_${'x'.repeat(200)}`)));
    const summary = await replay({ file, batchSize: 500 });
    expect(summary).toMatchObject({ acknowledged: 0, refused: 500 });
    expect(summary.refusals[0]).toContain('131072');
  });
});

const trip = (from: string, to: string, stations: readonly [number, number]) =>
  `2023-12-01 ${from}+00:00,2023-12-01 ${to}+00:00,${stations[0]},59.9,10.7,${stations[1]},59.92,10.75`;

test('trips become events in the order of time, each at its own station', async () => {
  const header =
    'started_at,ended_at,start_station_id,start_station_latitude,start_station_longitude,end_station_id,end_station_latitude,end_station_longitude';
  const file = fileOf(
    header,
    trip('04:00:00', '04:30:00.5', [1, 2]),
    trip('04:10:00', '04:20:00', [3, 1]),
    trip('04:25:00', '04:26:00', [2, 3]),
  );
  const summary = await replay({ file, profile: 'bikes', via: 'grpc' });
  expect(summary).toMatchObject({ rows: 3, readings: 6, acknowledged: 6 });
  const events = log.records.map(({ headers, value }) => {
    const { value: event } = codec.decodeRecord('VehicleBayEvent', headers['content-type'], value ?? Buffer.alloc(0));
    return `${event.time.slice(11, 16)} ${event.kind} ${event.sourceId}`;
  });
  expect(events).toEqual([
    '04:00 UNDOCKED oslo-station-1',
    '04:10 UNDOCKED oslo-station-3',
    '04:20 DOCKED oslo-station-1',
    '04:25 UNDOCKED oslo-station-2',
    '04:26 DOCKED oslo-station-3',
    '04:30 DOCKED oslo-station-2',
  ]);
});
