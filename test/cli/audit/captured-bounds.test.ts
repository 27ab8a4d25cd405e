import { expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { captureJudged } from '../../../src/cli/audit/captured-bounds.ts';
import type { LogBounds } from '../../../src/cli/audit/read-log.ts';

const [raw, cleaned, alerts] = ['telemetry.raw.v1', 'vehicle.telemetry.v1', 'vehicle.alerts.v1'] as const;
const all = catalogue.consumers as readonly Consumer[];
const names = ['telemetry-cleaner', 'alert-evaluator', 'timeseries-writer', 'lake-transform'];
const consumers = all.filter(({ name }) => names.includes(name));

/** A log with one partition a topic, whose ends move on as the test says. */
function log() {
  const ends = { [raw]: 10, [cleaned]: 100, [alerts]: 3 };
  const bounds = async (): Promise<readonly LogBounds[]> =>
    Object.entries(ends).map(([topic, end]) => ({ topic, partition: 0, start: 0, end }));
  return { ends, bounds };
}

const endsOf = (bounds: readonly LogBounds[]) => Object.fromEntries(bounds.map(({ topic, end }) => [topic, end]));

test('what consumers derive while they are waited for is judged with its source, later arrivals are not', async () => {
  const { ends, bounds } = log();
  const judged = await captureJudged({
    consumers,
    bounds,
    reached: async (waitedFor) => {
      const topics = waitedFor.map(({ topic }) => topic);
      ends[raw] += 5;
      if (!topics.includes(cleaned)) ends[cleaned] += 200;
      else if (!topics.includes(alerts)) ends[alerts] += 4;
    },
  });
  expect(endsOf(judged)).toEqual({ [raw]: 10, [cleaned]: 300, [alerts]: 7 });
});

test('consumers that write no topic are waited for once, with all ends', async () => {
  const { bounds } = log();
  const waits: { readonly topics: readonly string[]; readonly names: readonly string[] }[] = [];
  await captureJudged({
    consumers,
    bounds,
    reached: async (waitedFor, by) => {
      waits.push({ topics: waitedFor.map(({ topic }) => topic), names: by.map(({ name }) => name) });
    },
  });
  const deriving = ['telemetry-cleaner', 'alert-evaluator'];
  expect(waits).toEqual([
    { topics: [raw], names: deriving },
    { topics: [raw, cleaned], names: deriving },
    { topics: [raw, cleaned, alerts], names: consumers.map(({ name }) => name) },
  ]);
});

test('without waiting, the ends are those of now', async () => {
  const { bounds } = log();
  expect(endsOf(await captureJudged({ consumers, bounds }))).toEqual({ [raw]: 10, [cleaned]: 100, [alerts]: 3 });
});

test('consumers that add steps to what they read are waited for once more, and not for ever', async () => {
  const topics = ['vehicle.commands.v1', 'fleet.dispatch.v1'];
  const looping = all.filter(({ name }) => ['command-dispatcher', 'fleet-dispatcher'].includes(name));
  const waits: (readonly string[])[] = [];
  await captureJudged({
    consumers: looping,
    bounds: async () => topics.map((topic) => ({ topic, partition: 0, start: 0, end: 1 })),
    reached: async (waitedFor) => {
      waits.push(waitedFor.map(({ topic }) => topic));
    },
  });
  // The second time for what stands behind both: operations and the chains.
  expect(waits).toEqual([[], topics, topics]);
});
