import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../e2e/bus.ts';
import type { DrillContext, DrillResult } from './drill.ts';
import type { Fault, FaultyProxy } from './faulty-proxy.ts';
import { startLoad, untilCaughtUp } from './load.ts';

export interface Trouble {
  readonly fault: Fault;
  readonly forMs: number;
  readonly readingsPerSecond: number;
}

export interface Part {
  readonly name: string;
  readonly proxy: FaultyProxy;
  readonly bus: Bus;
}

/** Load on a bus of which one part sits behind a proxy, with a trouble in the middle. */
export async function troubled(
  context: DrillContext,
  { name, proxy, bus }: Part,
  { fault, forMs, readingsPerSecond }: Trouble,
): Promise<DrillResult> {
  const load = startLoad(bus.dataDir, readingsPerSecond);
  // The short form is part of every test run.
  const short = context.length === 'short';
  await sleep(short ? 500 : 2000);
  const before = load.acknowledged;
  proxy.fault = fault;
  context.say(`${name} ${fault.kind} for ${forMs / 1000} s at ${readingsPerSecond} readings/s`);
  await sleep(forMs);
  context.say(`${load.acknowledged - before} readings acknowledged meanwhile, ${proxy.cut} connections cut`);
  proxy.fault = { kind: 'none' };
  await sleep(short ? 200 : 1000);
  const { acknowledged } = await load.stop();
  return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged };
}
