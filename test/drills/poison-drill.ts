import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers } from '../../src/catalogue/headers.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import type { GroupSummary } from '../../src/services/dead-letters/letter-views.ts';
import { type Bus, runVerb } from '../e2e/bus.ts';
import { sql } from '../e2e/observing.ts';
import type { Drill, DrillContext } from './drill.ts';
import { untilCaughtUp } from './load.ts';

const topic = 'telemetry.raw.v1';
const codec = makeCodec();
const recordsPerSecond = 4000;
const devices = 400;

/** Time by which poison may delay good records, ms: the slowest one with poison against the slowest one without. */
const delayBoundMs = 10_000;

interface Message {
  readonly deviceId: string;
  readonly value: Buffer;
  readonly contentType: string;
}

const batchOf = (deviceId: string, sequence: number) => ({
  deviceId,
  vehicleType: 'car',
  readings: [{ time: new Date().toISOString(), sequence, speedKmh: 30, batteryPercent: 80 }],
});

const json = (deviceId: string, document: unknown): Message => {
  return { deviceId, value: Buffer.from(JSON.stringify(document)), contentType: 'application/json' };
};

/** What is wrong, four ways; the number tells the device. */
const poisons: readonly ((deviceId: string) => Message)[] = [
  (deviceId) => ({ deviceId, value: Buffer.from('{"deviceId":"x","read'), contentType: 'application/json' }),
  (deviceId) => json(deviceId, { deviceId }),
  (deviceId) => json(deviceId, { deviceId, readings: 'none' }),
  (deviceId) => {
    const whole = codec.encode('TelemetryBatch', codec.parseJson('TelemetryBatch', batchOf(deviceId, 1)));
    return { deviceId, value: whole.subarray(0, whole.length - 9), contentType: 'application/avro' };
  },
];

/** Good messages with poison spread among them. */
function* messages(good: number, poison: number, run: string): Generator<Message> {
  const every = poison === 0 ? Number.POSITIVE_INFINITY : Math.floor(good / poison);
  for (let index = 0, sent = 0; index < good; index += 1) {
    yield json(`${run}-${index % devices}`, batchOf(`${run}-${index % devices}`, Math.floor(index / devices)));
    if (index % every !== every - 1 || sent >= poison) continue;
    const make = poisons[sent % poisons.length];
    if (make !== undefined) yield make(`bad-${sent}`);
    sent += 1;
  }
}

async function publish(bus: Bus, all: Iterable<Message>): Promise<void> {
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const publisher = makePublisher({ connection, codec, clientId: 'poison-drill' });
  const started = performance.now();
  let [sent, chunk]: [number, Message[]] = [0, []];
  const flush = async () => {
    await publisher.send(chunk.map(recordOf));
    sent += chunk.length;
    chunk = [];
    await sleep(Math.max(0, (sent / recordsPerSecond) * 1000 - (performance.now() - started)));
  };
  for (const message of all) {
    chunk.push(message);
    if (chunk.length === recordsPerSecond / 10) await flush();
  }
  await flush();
  await publisher.close();
}

function recordOf({ deviceId, value, contentType }: Message) {
  const attributes = {
    [headers.specVersion]: '1.0',
    [headers.id]: crypto.randomUUID(),
    [headers.source]: `//mqtt/${deviceId}`,
    [headers.type]: 'vehicle.telemetry.reported',
    [headers.contentType]: contentType,
  };
  return { topic, key: deviceId, value, headers: attributes };
}

/** Slowest way of a good record through the cleaner, ms, by the timestamps of the records. */
async function slowest(bus: Bus, run: string): Promise<number> {
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const taken = new Map<string, number>();
  for await (const records of readTopic({ connection, topic })) {
    for (const { key, value, timestampMs } of records) {
      const deviceId = key?.toString() ?? '';
      if (!deviceId.startsWith(`${run}-`) || value === null) continue;
      taken.set(`${deviceId} ${JSON.parse(value.toString()).readings[0].sequence}`, timestampMs);
    }
  }
  let slowestMs = 0;
  for await (const records of readTopic({ connection, topic: 'vehicle.telemetry.v1' })) {
    for (const { value, timestampMs } of records) {
      if (value === null) continue;
      const { vehicleId, sequence } = codec.decodeRecord('VehicleTelemetry', undefined, value).value;
      const takenMs = taken.get(`${vehicleId} ${sequence}`);
      if (takenMs !== undefined) slowestMs = Math.max(slowestMs, timestampMs - takenMs);
    }
  }
  return slowestMs;
}

/** A migration that gives every letter a whole value for its device. */
const migration = () => `const value = ${JSON.stringify(codec.parseJson('TelemetryBatch', batchOf('x', 1)))};
export const migrate = ({ key }) => ({ ...value, deviceId: key });
`;

async function mend(context: DrillContext, bus: Bus, poison: number): Promise<void> {
  const dlq = (...words: readonly string[]) => runVerb(['dlq', ...words, '--data-dir', bus.dataDir]);
  const groups = async () => JSON.parse((await dlq('list', '--json')).output).items as readonly GroupSummary[];
  let found = await groups();
  const stored = () => found.reduce((sum, { letters }) => sum + letters.open, 0);
  for (; stored() < poison; found = await groups()) await sleep(500);
  context.say(`${stored()} letters in ${found.length} groups: ${found.map(({ code }) => code).join(', ')}`);
  if (found.length !== poisons.length) throw new Error(`${found.length} groups, wanted ${poisons.length}`);
  const file = join(context.folder, 'fix.ts');
  writeFileSync(file, migration());
  for (const { groupId } of found) {
    const words = ['redrive', '--group', groupId, '--migrate', file, '--rate', '1000', '--json'];
    const { exitCode, output, errors } = await dlq(...words);
    if (exitCode !== 0) throw new Error(`redrive of ${groupId}: ${output}${errors}`);
  }
}

export const poisonDrill: Drill = {
  name: 'poison',
  title: '1,000 poison records of four causes among 100,000 good ones are mended by a migration and sent again',
  lengths: ['long'],
  async run(context) {
    const [good, poison] = context.length === 'long' ? [100_000, 1000] : [4000, 40];
    const bus = await context.startBus();
    await publish(bus, messages(good / 5, 0, 'control'));
    await untilCaughtUp(bus);
    await publish(bus, messages(good, poison, 'good'));
    await untilCaughtUp(bus);
    const [control, delayed] = [await slowest(bus, 'control'), await slowest(bus, 'good')];
    context.say(`slowest good record ${delayed} ms, without poison ${control} ms (bound: ${delayBoundMs} ms more)`);
    if (delayed - control > delayBoundMs) throw new Error(`good records were delayed by ${delayed - control} ms`);
    await mend(context, bus, poison);
    const recoveryMs = await untilCaughtUp(bus);
    const [rows] = await sql<{ readings: number }>(bus, 'select count(*)::int as readings from vehicle_reading');
    const wanted = good / 5 + good + poison;
    if (rows?.readings !== wanted) throw new Error(`${rows?.readings} readings in the time series, wanted ${wanted}`);
    // Every letter stays the fate of its first record; the mended one is another record.
    return { bus, recoveryMs, acknowledged: wanted, expectedLetters: poison };
  },
};
