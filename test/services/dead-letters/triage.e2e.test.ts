import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LetterQuery } from '../../../src/core/redrive/letter-query.ts';
import { lettersByVersion } from '../../../src/services/dead-letters/letters-by-version.ts';
import { type DeskRig, makeDeskRig, topic } from './desk-rig.ts';

let rig: DeskRig;
let jsonLetter: string;
beforeAll(async () => {
  rig = await makeDeskRig();
  for (let offset = 0; offset < 5; offset += 1) await rig.add({ offset });
  for (let offset = 5; offset < 7; offset += 1) await rig.add({ offset, consumer: 'alert-evaluator' }, { redrives: 1 });
  const headers = [{ name: 'content-type', value: Buffer.from('application/json').toString('base64') }];
  jsonLetter = await rig.add({
    offset: 3600,
    code: 'EVENTBUS_CODEC_VALUE_INVALID',
    message: 'the value does not fit its schema',
    headers,
    key: Buffer.from([255, 254]).toString('base64'),
    value: Buffer.from('{"vehicleId":7}').toString('base64'),
  });
});
afterAll(() => rig.close());

const all = { limit: 100 };
const offsets = async (query: LetterQuery) =>
  (await rig.desk.letters(query, all)).items.map(({ offset }) => offset).toSorted((left, right) => left - right);

test('groups tell cause, number, first and last time, the latest first', async () => {
  const { items, next } = await rig.desk.groups({}, all);
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { consumer: 'window-aggregator', code: 'EVENTBUS_CODEC_VALUE_INVALID', letters: { open: 1 } },
    { consumer: 'alert-evaluator', letters: { open: 2 }, schemaVersion: 'VehicleTelemetry/v1' },
    {
      consumer: 'window-aggregator',
      message: expect.stringContaining('outside the years 1715 to 2285'),
      letters: { open: 5, redriven: 0 },
      firstSeen: new Date(1_700_000_000_000).toISOString(),
      lastSeen: new Date(1_700_000_004_000).toISOString(),
    },
  ]);
});

test('pages hold every letter once, whatever their size', async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await rig.desk.letters({}, { limit: 3, after });
    expect(items.length).toBeLessThanOrEqual(3);
    seen.push(...items.map(({ letterId }) => letterId));
    after = next ?? undefined;
  } while (after !== undefined);
  expect(seen).toHaveLength(8);
  expect(new Set(seen).size).toBe(8);
  const first = await rig.desk.groups({}, { limit: 2 });
  const second = await rig.desk.groups({}, { limit: 2, after: first.next ?? '' });
  expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, null]);
});

test.each<[string, LetterQuery, readonly number[]]>([
  ['consumer', { consumer: 'alert-evaluator' }, [5, 6]],
  ['code', { code: 'EVENTBUS_CODEC_VALUE_INVALID' }, [3600]],
  ['key', { key: 'van-7', consumer: 'alert-evaluator' }, [5, 6]],
  ['time', { sinceMs: 1_700_000_004_000, untilMs: 1_700_000_006_000 }, [4, 5]],
  ['status', { status: 'discarded' }, []],
  ['schema version', { schemaVersion: 'VehicleTelemetry/v2' }, []],
])('letters are found by %s', async (_name, query, found) => {
  expect(await offsets(query)).toEqual(found);
});

test('a letter shows its decoded value with the version it was written with, headers, stack and remedy', async () => {
  const { items } = await rig.desk.letters({ consumer: 'alert-evaluator' }, { limit: 1 });
  expect(await rig.desk.letter(items[0]?.letterId ?? '')).toMatchObject({
    topic,
    key: 'van-7',
    subject: 'VehicleTelemetry',
    value: { kind: 'decoded', writer: 'VehicleTelemetry/v1', value: { vehicleId: 'van-7' } },
    stack: expect.stringContaining('timestamptzArray'),
    remedy: expect.stringContaining('Look at the record'),
    headers: expect.arrayContaining([{ name: 'ce_id', value: 'event-6' }]),
    redrives: 1,
  });
});

test('a value that cannot be decoded is shown as the document it is, with the reason', async () => {
  expect(await rig.desk.letter(jsonLetter)).toMatchObject({
    key: 'base64://4=',
    value: {
      kind: 'undecodable',
      json: { vehicleId: 7 },
      problem: expect.stringContaining('VehicleTelemetry.vehicleId'),
    },
  });
});

test('a group shows a sample, its numbers by hour, and what was done about it', async () => {
  const { items } = await rig.desk.groups({ consumer: 'alert-evaluator' }, all);
  expect(await rig.desk.group(items[0]?.groupId ?? '')).toMatchObject({
    sample: { offset: 6 },
    statistics: { letters: { open: 2 }, hours: [{ letters: 2 }], failedAgain: 2 },
    actions: [],
  });
});

test('statistics count reasons, the most open letters first', async () => {
  const { letters, groups, oldestOpen, failedAgain, reasons } = await rig.desk.statistics({});
  expect({ letters, groups, oldestOpen, failedAgain }).toEqual({
    letters: { open: 8, redriving: 0, redriven: 0, discarded: 0 },
    groups: 3,
    oldestOpen: new Date(1_700_000_000_000).toISOString(),
    failedAgain: 2,
  });
  expect(reasons.map(({ consumer, open }) => [consumer, open])).toEqual([
    ['window-aggregator', 5],
    ['alert-evaluator', 2],
    ['window-aggregator', 1],
  ]);
});

test.each([
  ['letter', () => rig.desk.letter('no-uuid')],
  ['letter', () => rig.desk.letter('00000000-0000-5000-8000-000000000000')],
  ['group', () => rig.desk.group('ffff')],
  ['redrive', () => rig.desk.redrive("'; drop table dead_letter")],
])('an unknown %s is said to be unknown', async (_kind, ask) => {
  await expect(ask()).rejects.toMatchObject({ code: 'EVENTBUS_DLQ_UNKNOWN' });
});

test('a cursor that was made up is refused', async () => {
  await expect(rig.desk.letters({}, { limit: 1, after: 'made-up' })).rejects.toMatchObject({
    code: 'EVENTBUS_DLQ_QUERY_INVALID',
  });
});

test('letters that wait are counted by topic and schema version', async () => {
  expect(await lettersByVersion(rig.pool)).toEqual([{ topic, schemaVersion: 'VehicleTelemetry/v1', letters: 8 }]);
});

describe('discarding', () => {
  test('only counts in a dry run', async () => {
    const request = { query: { consumer: 'alert-evaluator' }, reason: 'test devices', actor: 'ana' };
    expect(await rig.desk.discard({ ...request, dryRun: true })).toBe(2);
    expect(await offsets({ status: 'discarded' })).toEqual([]);
  });

  test('needs a condition, and says who did it and why', async () => {
    await expect(rig.desk.discard({ query: {}, reason: 'all', actor: 'ana', dryRun: false })).rejects.toMatchObject({
      code: 'EVENTBUS_DLQ_QUERY_INVALID',
    });
    const { items } = await rig.desk.groups({ consumer: 'alert-evaluator' }, all);
    const group = items[0]?.groupId ?? '';
    expect(await rig.desk.discard({ query: { group }, reason: 'test devices', actor: 'ana', dryRun: false })).toBe(2);
    expect(await rig.desk.discard({ query: { group }, reason: 'again', actor: 'ana', dryRun: false })).toBe(0);
    expect(await rig.desk.group(group)).toMatchObject({
      letters: { open: 0, discarded: 2 },
      actions: [{ action: 'discard', actor: 'ana', letters: 2, detail: { reason: 'test devices' } }],
    });
  });
});
