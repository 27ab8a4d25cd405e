import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fatesOf } from '../../../src/cli/audit/fates.ts';
import { Workbench } from '../../../src/cli/audit/workbench.ts';

const consumer = 'domain-router';
const topic = 'alerts';

let workbench: Workbench;
beforeEach(async () => {
  workbench = await Workbench.open();
});
afterEach(() => workbench.close());

interface Sink {
  /** Ids of the topic's records, by offset. */
  readonly log: readonly string[];
  /** Ids that the router's list holds. */
  readonly listed: readonly string[];
  /** Topic under which they are listed. @default the records' */
  readonly listedAs?: string;
  /** Position of the oldest event that the list still keeps. @default 1 */
  readonly from?: number;
  /** Offset that the consumer has committed. @default all */
  readonly committed?: number;
}

/** What became of each record, and how many effects there are beyond the first. */
async function fates({ log, listed, listedAs = topic, from = 1, committed = log.length }: Sink) {
  await workbench.append('log_bound', async (row) => row(topic, 0, 0, log.length));
  await workbench.append('log_record', async (row) => {
    for (const [offset, id] of log.entries()) row(topic, 0, offset, id);
  });
  await workbench.append('committed', async (row) => row(consumer, topic, 0, committed));
  await workbench.append('routed_from', async (row) => row(from));
  await workbench.append('routed_event', async (row) => {
    for (const id of listed) row(listedAs, id);
  });
  const found = await workbench.rows<{ fate: string; extra: number }>(
    `SELECT fate, extra FROM (${fatesOf(consumer, [topic], { kind: 'router' })}) ORDER BY "offset"`,
  );
  return found.map(({ fate, extra }) => (extra === 0 ? fate : `${fate} and ${extra} more`));
}

describe('records of a topic that is routed', () => {
  test('are applied when the list has their event, and copies when an earlier record had it', async () => {
    expect(await fates({ log: ['a', 'b', 'b'], listed: ['a', 'b'] })).toEqual(['applied', 'applied', 'copy']);
  });

  test('are applied once though they were handed over twice: once is promised, at least', async () => {
    expect(await fates({ log: ['a'], listed: ['a', 'a'] })).toEqual(['applied']);
  });

  test('are missing when the list has nothing of them', async () => {
    expect(await fates({ log: ['a', 'b'], listed: ['a'] })).toEqual(['applied', 'missing']);
  });

  test('are missing when the same id is listed of another topic', async () => {
    expect(await fates({ log: ['a'], listed: ['a'], listedAs: 'vehicle.alerts.v1' })).toEqual(['missing']);
  });

  test('count as applied before the first that a list which forgets still has, and as missing behind it', async () => {
    const log = ['forgotten', 'a', 'lost', 'b'];
    expect(await fates({ log, listed: ['a', 'b'], from: 40 })).toEqual(['applied', 'applied', 'missing', 'applied']);
  });

  test('count as applied up to the committed offset when a list that forgets has nothing of their partition', async () => {
    expect(await fates({ log: ['a', 'b', 'c'], listed: [], from: 40, committed: 2 })).toEqual([
      'applied',
      'applied',
      'missing',
    ]);
  });
});
