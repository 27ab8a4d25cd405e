import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/local/postgres/embedded-postgres.ts';
import type { Drill, DrillContext, DrillResult } from './drill.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { type Trouble, troubled } from './troubled.ts';

/** Runs a bus whose PostgreSQL sits behind a proxy. */
async function behindProxy(context: DrillContext, trouble: Trouble): Promise<DrillResult> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(context.folder, 'database'), port: 0 });
  const proxy = await FaultyProxy.start({ host: '127.0.0.1', port: postgres.port });
  context.cleanUp(async () => {
    await proxy.close();
    await postgres.close();
  });
  const url = new URL(postgres.url);
  url.port = String(proxy.port);
  const bus = await context.startBus({ engines: { postgres: url.href } });
  return troubled(context, { name: 'PostgreSQL', proxy, bus }, trouble);
}

export const postgresDrills: readonly Drill[] = [
  {
    name: 'postgres-away',
    title: 'PostgreSQL is away under load: ten minutes in the long set, two in the medium, a moment in the short one',
    lengths: ['short', 'medium', 'long'],
    run: (context) =>
      behindProxy(context, {
        fault: { kind: 'away' },
        forMs: { short: 1500, medium: 120_000, long: 600_000 }[context.length],
        readingsPerSecond: { short: 500, medium: 1000, long: 2000 }[context.length],
      }),
  },
  {
    name: 'postgres-silent',
    title: 'PostgreSQL takes statements and does not answer',
    lengths: ['medium', 'long'],
    run: (context) =>
      behindProxy(context, { fault: { kind: 'silent' }, forMs: forMsOf(context, 90_000), readingsPerSecond: 500 }),
  },
  {
    name: 'postgres-slow',
    title: 'every answer of PostgreSQL takes 300 ms longer',
    lengths: ['medium', 'long'],
    run: (context) =>
      behindProxy(context, {
        fault: { kind: 'slow', delayMs: 300 },
        forMs: forMsOf(context, 30_000),
        readingsPerSecond: 500,
      }),
  },
  {
    name: 'postgres-cutting',
    title: 'PostgreSQL cuts the connection at every third request',
    lengths: ['medium', 'long'],
    run: (context) =>
      behindProxy(context, {
        fault: { kind: 'cutting', everyRequests: 3 },
        forMs: forMsOf(context, 60_000),
        readingsPerSecond: 500,
      }),
  },
];

/** The medium form lasts half as long. */
function forMsOf({ length }: DrillContext, longMs: number): number {
  return length === 'long' ? longMs : longMs / 2;
}
