import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCodec } from '../../src/codec/codec.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import type { GroupSummary } from '../../src/services/dead-letters/letter-views.ts';
import { type Bus, runVerb } from '../e2e/bus.ts';
import { sql } from '../e2e/observing.ts';
import type { Drill, DrillContext } from './drill.ts';
import { untilCaughtUp } from './load.ts';
import { batchOf, devices, messages, poisons, publish, rawTopic, recordsPerSecond } from './raw-messages.ts';

const topic = rawTopic;
const codec = makeCodec();

/** Time by which poison may delay good records, ms: the slowest one with poison against the slowest one without. */
const delayBoundMs = 10_000;

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

/** Slower, the drill would take half an hour. */
const leastPerSecond = 1000;

/** A rate that this machine keeps up with just now: a backlog would hide what poison does to good records. */
async function bearableRate(bus: Bus, records: number): Promise<number> {
  // Functions begin with their first record.
  await publish(bus, messages(devices, 0, 'cold'));
  await untilCaughtUp(bus);
  const started = performance.now();
  await publish(bus, messages(records, 0, 'first'));
  await untilCaughtUp(bus);
  const perSecond = records / ((performance.now() - started) / 1000);
  return Math.min(recordsPerSecond, Math.max(leastPerSecond, perSecond / 2));
}

export const poisonDrill: Drill = {
  name: 'poison',
  title: '1,000 poison records of four causes among 100,000 good ones are mended by a migration and sent again',
  lengths: ['medium', 'long'],
  async run(context) {
    const [good, poison] = context.length === 'short' ? [4000, 40] : [100_000, 1000];
    const bus = await context.startBus();
    const perSecond = await bearableRate(bus, good / 10);
    context.say(`${Math.round(perSecond)} records/s`);
    await publish(bus, messages(good / 10, 0, 'control'), perSecond);
    await untilCaughtUp(bus);
    await publish(bus, messages(good, poison, 'good'), perSecond);
    await untilCaughtUp(bus);
    const [control, delayed] = [await slowest(bus, 'control'), await slowest(bus, 'good')];
    context.say(`slowest good record ${delayed} ms, without poison ${control} ms (bound: ${delayBoundMs} ms more)`);
    if (delayed - control > delayBoundMs) throw new Error(`good records were delayed by ${delayed - control} ms`);
    await mend(context, bus, poison);
    const recoveryMs = await untilCaughtUp(bus);
    const [rows] = await sql<{ readings: number }>(bus, 'select count(*)::int as readings from vehicle_reading');
    const wanted = devices + 2 * (good / 10) + good + poison;
    if (rows?.readings !== wanted) throw new Error(`${rows?.readings} readings in the time series, wanted ${wanted}`);
    // Every letter stays the fate of its first record; the mended one is another record.
    return { bus, recoveryMs, acknowledged: wanted, expectedLetters: poison };
  },
};
