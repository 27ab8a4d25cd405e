import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { type SimulationSummary, simulate } from '../../src/cli/simulate/simulate.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { readEndpoints } from '../../src/local/platform/endpoints.ts';
import type { Bus } from '../e2e/bus.ts';

/** Simulated devices that go on until they are stopped, and come back to a bus that went away. */
export interface Load {
  readonly acknowledged: number;
  stop(): Promise<SimulationSummary>;
}

export function startLoad(dataDir: string, readingsPerSecond: number, via: 'mqtt' | 'grpc' = 'grpc'): Load {
  const stop = new AbortController();
  let acknowledged = 0;
  const summary = simulate({
    via,
    rate: readingsPerSecond,
    batch: 10,
    vehicles: 60,
    signal: stop.signal,
    target: () => readEndpoints(dataDir)[via],
    outageMs: 900_000,
    onProgress: (progress) => {
      acknowledged = progress.acknowledged;
    },
  });
  // A failure is met by whoever stops the load.
  summary.catch(() => {});
  return {
    get acknowledged() {
      return acknowledged;
    },
    stop() {
      stop.abort();
      return summary;
    },
  };
}

const consumers = catalogue.consumers.filter(({ sinks }) => !sinks.some((sink) => sink === 'lake'));

/** Records that consumers have not read yet, all together. */
export async function totalLag(bus: Bus): Promise<number> {
  const admin = makeAdmin({ connection: { bootstrapServers: bus.endpoints.kafka }, clientId: 'drill' });
  try {
    const topics = await admin.listTopics([...new Set(consumers.flatMap((consumer) => consumer.topics))]);
    const lags = await Promise.all(
      consumers.map(async (consumer) => {
        const committed = new Map(
          (await admin.groupLag(consumer.name)).map((at) => [`${at.topic}/${at.partition}`, at.committed]),
        );
        // A partition whose very first record is not settled has no committed offset yet.
        return topics
          .filter(({ name }) => (consumer.topics as readonly string[]).includes(name))
          .flatMap(({ name, partitions }) =>
            partitions.map(({ partition, start, end }) =>
              Math.max(0, end - Math.max(start, committed.get(`${name}/${partition}`) ?? start)),
            ),
          );
      }),
    );
    return lags.flat().reduce((sum, lag) => sum + lag, 0);
  } finally {
    await admin.close();
  }
}

/** Longest time that anything may take to come right again, ms. */
const patienceMs = 900_000;

/** Waits until something holds; throws, saying what, when that takes longer than any recovery may. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > patienceMs) throw new Error(`waited ${patienceMs / 1000} s until ${what}`);
    await sleep(100);
  }
}

/** Waits until nothing is left to read; returns the time it took, ms. */
export async function untilCaughtUp(bus: Bus): Promise<number> {
  const started = performance.now();
  await until(async () => (await totalLag(bus)) === 0, 'every consumer has caught up');
  return performance.now() - started;
}
