import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../src/local/postgres/embedded-postgres.ts';
import type { Drill, DrillContext, DrillResult } from './drill.ts';
import { type Fault, FaultyProxy } from './faulty-proxy.ts';
import { startLoad, totalLag, untilCaughtUp } from './load.ts';

interface Trouble {
  readonly fault: Fault;
  readonly forMs: number;
  readonly readingsPerSecond: number;
}

/** Runs a bus whose PostgreSQL sits behind a proxy, under load, with a trouble in the middle. */
async function troubled(context: DrillContext, trouble: Trouble): Promise<DrillResult> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(context.folder, 'database'), port: 0 });
  const proxy = await FaultyProxy.start({ host: '127.0.0.1', port: postgres.port });
  const url = new URL(postgres.url);
  url.port = String(proxy.port);
  const bus = await context.startBus({ engines: { postgres: url.href } });
  const load = startLoad(bus.dataDir, trouble.readingsPerSecond);
  await sleep(2000);
  proxy.fault = trouble.fault;
  context.say(
    `PostgreSQL ${trouble.fault.kind} for ${trouble.forMs / 1000} s at ${trouble.readingsPerSecond} readings/s`,
  );
  await sleep(trouble.forMs);
  context.say(`${await totalLag(bus)} records behind, ${proxy.cut} connections cut`);
  proxy.fault = { kind: 'none' };
  await sleep(1000);
  const { acknowledged } = await load.stop();
  const recoveryMs = await untilCaughtUp(bus);
  context.cleanUp(async () => {
    await proxy.close();
    await postgres.close();
  });
  return { bus, recoveryMs, acknowledged };
}

export const postgresDrills: readonly Drill[] = [
  {
    name: 'postgres-away',
    title: 'PostgreSQL is away under load: ten minutes in the long set, three seconds in the short one',
    lengths: ['short', 'long'],
    run: (context) =>
      troubled(context, {
        fault: { kind: 'away' },
        forMs: context.length === 'long' ? 600_000 : 3000,
        readingsPerSecond: context.length === 'long' ? 2000 : 500,
      }),
  },
  {
    name: 'postgres-silent',
    title: 'PostgreSQL takes statements and does not answer',
    lengths: ['long'],
    run: (context) => troubled(context, { fault: { kind: 'silent' }, forMs: 90_000, readingsPerSecond: 500 }),
  },
  {
    name: 'postgres-slow',
    title: 'every answer of PostgreSQL takes 300 ms longer',
    lengths: ['long'],
    run: (context) =>
      troubled(context, { fault: { kind: 'slow', delayMs: 300 }, forMs: 30_000, readingsPerSecond: 500 }),
  },
  {
    name: 'postgres-cutting',
    title: 'PostgreSQL cuts the connection at every third request',
    lengths: ['long'],
    run: (context) =>
      troubled(context, {
        fault: { kind: 'cutting', everyRequests: 3 },
        forMs: 60_000,
        readingsPerSecond: 500,
      }),
  },
];
