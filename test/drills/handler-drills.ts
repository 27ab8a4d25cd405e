import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { headers } from '../../src/catalogue/headers.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import type { Bus } from '../e2e/bus.ts';
import { deadLetters } from '../e2e/observing.ts';
import type { Drill, DrillContext, DrillResult } from './drill.ts';
import type { Ending, Moment } from './faults/handler-faults.ts';
import { startLoad, until, untilCaughtUp } from './load.ts';

/** Functions that read what the load brings. */
const functions = catalogue.consumers
  .filter(
    ({ topics, sinks }) =>
      topics.some((topic) => topic === 'telemetry.raw.v1' || topic === 'vehicle.telemetry.v1') &&
      !sinks.some((sink) => sink === 'lake'),
  )
  .map(({ name }) => name);

interface Fault {
  readonly target: string;
  readonly ending: Ending;
  readonly moment: Moment;
}

const moments: readonly Moment[] = ['before', 'within', 'after'];

/** Starts a bus whose functions end as they are asked to; `ask` resolves when an invocation has taken the fault. */
async function startFaulty(context: DrillContext) {
  const folder = join(context.folder, 'faults');
  mkdirSync(folder);
  const preload = new URL(`./faults/handler-faults.ts?folder=${pathToFileURL(folder).pathname}`, import.meta.url);
  const bus = await context.startBus({ preload });
  let asked = 0;
  const ask = async ({ target, ending, moment }: Fault) => {
    asked += 1;
    writeFileSync(join(folder, `${asked}.${target}.${ending}.${moment}`), '');
  };
  const allTaken = () => until(() => readdirSync(folder).length === 0, 'a fault is taken');
  return { bus, ask, allTaken };
}

/** A record that ends whatever function reads it, each time. */
async function publishEnding(bus: Bus, ending: Ending): Promise<void> {
  const codec = makeCodec();
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const publisher = makePublisher({ connection, codec, clientId: 'handler-drill' });
  const key = `ends-${ending}`;
  const value = JSON.stringify({
    deviceId: key,
    readings: [{ time: new Date().toISOString(), sequence: 0, speedKmh: 1 }],
  });
  const attributes = {
    [headers.specVersion]: '1.0',
    [headers.id]: crypto.randomUUID(),
    [headers.source]: `//mqtt/${key}`,
    [headers.type]: 'vehicle.telemetry.reported',
    [headers.contentType]: 'application/json',
  };
  await publisher.send([{ topic: 'telemetry.raw.v1', key, value: Buffer.from(value), headers: attributes }]);
  await publisher.close();
}

async function crashing(context: DrillContext): Promise<DrillResult> {
  const { bus, ask, allTaken } = await startFaulty(context);
  const load = startLoad(bus.dataDir, 500);
  const faults = { short: 4, medium: 16, long: 48 }[context.length];
  // Twenty retries of a record that ends its function take minutes, because a function that ends at once is started slowly.
  const poison = context.length === 'long' ? 1 : 0;
  if (poison > 0) await publishEnding(bus, 'exit');
  for (let index = 0; index < faults; index += 1) {
    await sleep(context.random() * 1000);
    const target = functions[index % functions.length] ?? '';
    await ask({ target, ending: 'exit', moment: moments[Math.floor(context.random() * 3)] ?? 'before' });
  }
  await allTaken();
  context.say(`${faults} invocations ended with their thread, in ${functions.join(', ')}`);
  const { acknowledged } = await load.stop();
  const recoveryMs = await untilCaughtUp(bus);
  if (poison > 0) {
    const [letter] = await deadLetters(bus, 'telemetry-cleaner');
    context.say(
      `the record that ended its function each time: ${letter?.code}, ${letter?.value?.length} characters kept`,
    );
    if (!letter?.value) throw new Error('the letter of a crash has no payload');
  }
  return { bus, recoveryMs, acknowledged, expectedLetters: poison };
}

async function hanging(context: DrillContext): Promise<DrillResult> {
  const { bus, ask, allTaken } = await startFaulty(context);
  const load = startLoad(bus.dataDir, 300);
  await sleep(2000);
  const looping = Math.floor(context.random() * functions.length);
  for (const [index, target] of functions.entries()) {
    const ending = index === looping ? 'loop' : 'silence';
    await ask({ target, ending, moment: moments[Math.floor(context.random() * 3)] ?? 'before' });
    context.say(`${target} hangs (${ending})`);
  }
  await allTaken();
  // The time limit of each is a minute.
  await sleep(15_000);
  const { acknowledged } = await load.stop();
  return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged };
}

async function hoarding(context: DrillContext): Promise<DrillResult> {
  const { bus, ask, allTaken } = await startFaulty(context);
  const load = startLoad(bus.dataDir, 300);
  const rounds = context.length === 'long' ? functions.length : 2;
  for (let round = 0; round < rounds; round += 1) {
    await sleep(2000);
    const target = functions[(round + Math.floor(context.random() * functions.length)) % functions.length] ?? '';
    await ask({ target, ending: 'memory', moment: moments[Math.floor(context.random() * 3)] ?? 'before' });
    await allTaken();
    context.say(`${target} eats its memory`);
    await sleep(8000);
  }
  const { acknowledged } = await load.stop();
  return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged };
}

export const handlerDrills: readonly Drill[] = [
  {
    name: 'handler-crash',
    title: 'functions end with their threads under load, before, within and after their work',
    lengths: ['medium', 'long'],
    run: crashing,
  },
  {
    name: 'handler-hang',
    title: 'every function hangs once for longer than its time limit, one of them in a loop',
    lengths: ['medium', 'long'],
    run: hanging,
  },
  {
    name: 'handler-memory',
    title: 'functions run out of memory under load, one after the other',
    lengths: ['medium', 'long'],
    run: hoarding,
  },
];
