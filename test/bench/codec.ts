/**
 * What the codec costs beside the bare Avro library and bare JSON: values a second of CPU time, medians of rounds, and
 * the ratio to the bare form measured in the same round.
 *   node bin/run.mjs test/bench/codec.ts
 */
import avsc from 'avsc';
import type { Events, Subject } from '../../src/catalogue/events.generated.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { median } from './median.ts';

const rounds = 7;
const roundMs = 150;

const reading = {
  time: '2021-03-01T10:00:00+01:00',
  sequence: 1,
  latitude: 33.98,
  longitude: -6.86,
  altitudeM: 57,
  speedKmh: 42,
  gpsSpeedKmh: 41.5,
  speedLimitKmh: 60,
  batteryPercent: 81,
  mode: 'D',
  odometerKm: null,
  temperatureC: 23,
  humidityPercent: 60,
  tripId: 'T1_1',
  emergency: null,
  faults: [],
};

const samples: Partial<Events> = {
  TurbineReading: {
    turbineId: 'wtg-017',
    time: '2018-01-01T00:10:00+03:00',
    sequence: 12_345,
    activePowerKw: 380.04,
    windSpeedMs: 5.31,
    theoreticalPowerKw: 416.3,
    windDirectionDeg: 259.9,
    intervalSeconds: 600,
  },
  VehicleTelemetry: {
    vehicleId: 'veh-00017',
    vehicleType: 'car',
    time: 1_625_000_000_000,
    sequence: 12,
    latitude: 33.98,
    longitude: -6.86,
    altitudeM: 57.1,
    speedKmh: 42,
    speedLimitKmh: 60,
    batteryPercent: 81,
    mode: 'DRIVE',
    odometerKm: null,
    distanceKm: 0.0112,
    temperatureC: 23,
    humidityPercent: 61,
    tripId: 'T1',
    city: 'rabat',
    fleet: 'fleet',
    emergency: null,
    faults: [],
    quality: [],
    receivedAt: 1_625_000_001_000,
  },
  TelemetryBatch: {
    deviceId: 'veh-1',
    vehicleType: 'car',
    sentAt: 1_625_000_000_000,
    readings: Array.from({ length: 10 }, (_, sequence) => ({ ...reading, sequence })),
  },
};

/** Runs of `work` a second of the thread's CPU time, which other programs do not take away. */
function rate(work: () => unknown): number {
  const before = process.threadCpuUsage();
  const startMs = performance.now();
  let runs = 0;
  while (performance.now() - startMs < roundMs) {
    for (let index = 0; index < 200; index += 1) work();
    runs += 200;
  }
  const { user, system } = process.threadCpuUsage(before);
  return (runs / (user + system)) * 1e6;
}

const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(11);

/** Measures both in turn, so that a busy machine slows both. */
function compare(name: string, bare: () => unknown, ours: () => unknown): void {
  rate(bare);
  rate(ours);
  const pairs = Array.from({ length: rounds }, () => [rate(bare), rate(ours)] as const);
  const bareRate = median(pairs.map(([one]) => one));
  const ourRate = median(pairs.map(([, other]) => other));
  const ratio = median(pairs.map(([one, other]) => other / one));
  process.stdout.write(
    `${name.padEnd(32)} bare ${shown(bareRate)}/s  codec ${shown(ourRate)}/s  ratio ${ratio.toFixed(2)}\n`,
  );
}

const codec = makeCodec();
for (const [name, value] of Object.entries(samples)) {
  const subject = name as Subject;
  const schema = schemas[subject].at(-1) as unknown as avsc.Schema;
  const type = avsc.Type.forSchema(schema, { wrapUnions: false, omitRecordMethods: true });
  const body = type.toBuffer(value);
  const framed = codec.encode(subject, value);
  const text = JSON.stringify(value);
  process.stdout.write(`${subject}: ${body.length} bytes of Avro, ${text.length} of JSON\n`);
  compare(
    '  encode',
    () => type.toBuffer(value),
    () => codec.encode(subject, value),
  );
  compare(
    '  decode, checked',
    () => type.fromBuffer(body),
    () => codec.decode(subject, framed),
  );
  compare(
    '  JSON.parse, then parseJson',
    () => JSON.parse(text) as unknown,
    () => codec.parseJson(subject, JSON.parse(text)),
  );
}
