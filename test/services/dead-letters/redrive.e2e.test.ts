import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { letterText } from '../../../src/cli/dlq/letter-text.ts';
import type { LetterToMigrate } from '../../../src/core/redrive/migration.ts';
import { migrationTransform } from '../../../src/services/dead-letters/migration-transform.ts';
import { patchTransform } from '../../../src/services/dead-letters/patch-transform.ts';
import type { RedriveRequest } from '../../../src/services/dead-letters/redrive-request.ts';
import { codec, type DeskRig, logged, makeDeskRig, requestFor, sentHeader, topic, vehicleValue } from './desk-rig.ts';

let rig: DeskRig;
beforeAll(async () => {
  rig = await makeDeskRig();
});
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const never = new AbortController().signal;
const noProgress = { sample: 0 };
const van = (key: string) => ({ key: Buffer.from(key).toString('base64') });

async function redriven(request: RedriveRequest) {
  const { redriveId } = await rig.desk.plan(request, noProgress);
  return rig.desk.run({ redriveId, actor: 'ana', signal: never });
}

const sentIds = () => rig.sent.map((record) => sentHeader(record, 'ce_id'));
const statuses = async () => {
  const { items } = await rig.desk.letters({}, { limit: 100 });
  return Object.fromEntries(items.map(({ offset, status }) => [offset, status]));
};
const migration = (migrate: (letter: LetterToMigrate<'VehicleTelemetry'>) => unknown) =>
  migrationTransform({
    name: 'fix.ts',
    checksum: 'a'.repeat(64),
    migrate: (letter) => migrate(letter as LetterToMigrate<'VehicleTelemetry'>),
  });
const sentValues = () => rig.sent.map(({ value }) => codec.decode('VehicleTelemetry', value ?? Buffer.alloc(0)).value);

describe('a redrive to the source', () => {
  test('sends the records as they were, in the order of the log, to the consumer that failed', async () => {
    for (const offset of [9, 3, 5]) await rig.add({ offset });
    const status = await redriven(requestFor({ consumer: 'window-aggregator' }));
    expect(status).toMatchObject({ state: 'done', total: 3, sent: 3, pending: 0, alive: false });
    expect(sentIds()).toEqual(['event-3', 'event-5', 'event-9']);
    const [first] = rig.sent;
    expect(first).toMatchObject({ topic, key: Buffer.from('van-7'), value: vehicleValue() });
    expect(sentHeader(first as never, 'eventbus_consumer')).toBe('window-aggregator');
    expect(sentHeader(first as never, 'eventbus_origin')).toBe(`${topic}/0/3`);
    expect(sentHeader(first as never, 'eventbus_redrive')).toBe(status.redriveId);
    expect(sentHeader(first as never, 'eventbus_redrives')).toBe('1');
    expect(await statuses()).toEqual({ 3: 'redriven', 5: 'redriven', 9: 'redriven' });
  });

  test('gives a record without event headers the identity that its consumer knew it by', async () => {
    await rig.add({ offset: 4, headers: [{ name: 'x', value: '/wA=' }], eventId: null });
    await redriven(requestFor({ topic }));
    expect(sentIds()).toEqual([`${topic}/0/4`]);
    expect(rig.sent[0]?.headers).toContainEqual(['x', Buffer.from([255, 0])]);
  });

  test('replaces the headers of the redrive before it, and counts on', async () => {
    const headers = [
      { name: 'eventbus_redrives', value: 'MQ==' },
      { name: 'eventbus_consumer', value: 'eA==' },
    ];
    await rig.add({ offset: 40, headers }, { redrives: 1, origin: `${topic}/0/4` });
    await redriven(requestFor({ topic }));
    const names = (rig.sent as readonly { headers: unknown }[]).flatMap(({ headers }) =>
      (headers as [string, Buffer][]).map(([name]) => name),
    );
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
    expect(sentHeader(rig.sent[0] as never, 'eventbus_redrives')).toBe('2');
    expect(sentHeader(rig.sent[0] as never, 'eventbus_origin')).toBe(`${topic}/0/4`);
  });

  test('tells of a letter where it was sent to, and nothing before it is sent', async () => {
    const [letterId, other] = [await rig.add({ offset: 1 }), await rig.add({ offset: 2 })];
    const { redriveId } = await redriven(requestFor({ ids: [letterId] }));
    const { sentTo, ...letter } = await rig.desk.letter(letterId);
    expect(sentTo).toEqual([{ redriveId, topic, at: expect.stringMatching(/^\d{4}-/) }]);
    expect(letterText({ ...letter, sentTo })).toMatch(new RegExp(`sent to +${topic}, .*, by redrive ${redriveId}`));
    expect((await rig.desk.letter(other)).sentTo).toEqual([]);
  });

  test('writes who asked for it and what became of it into the audit trail', async () => {
    const letterId = await rig.add({ offset: 1 });
    const { redriveId } = await redriven(requestFor({ ids: [letterId] }, { reason: 'fixed in 8.1' }));
    const { actions } = await rig.desk.letter(letterId);
    expect(actions.map(({ action, actor, letters }) => [action, actor, letters])).toEqual([
      ['finish', 'ana', 1],
      ['redrive', 'ana', 1],
    ]);
    expect(actions[1]).toMatchObject({ redriveId, detail: { reason: 'fixed in 8.1', selection: `ids=${letterId}` } });
  });
});

const refused = async (request: RedriveRequest) => {
  const before = await statuses();
  await expect(rig.desk.plan(request, noProgress)).rejects.toMatchObject({ code: 'EVENTBUS_DLQ_REDRIVE_REFUSED' });
  expect(await statuses()).toEqual(before);
  expect(await rig.desk.redrives({ limit: 10 })).toEqual({ items: [], next: null });
  return (await rig.desk.preview(request, noProgress)).refused;
};

describe('a redrive is refused as a whole, and nothing changes,', () => {
  test('when a letter was redriven too often', async () => {
    await rig.add({ offset: 1 }, { redrives: 3 });
    await rig.add({ offset: 2, ...van('van-8') });
    expect(await refused(requestFor({ topic }))).toEqual({ 'redriven-too-often': 1 });
  });

  test('when the bytes of a letter are gone', async () => {
    await rig.add({ offset: 1 });
    rig.objects.clear();
    expect(await refused(requestFor({ topic }))).toEqual({ 'payload-missing': 1 });
  });

  test('when the log holds later records of a key, other than open letters and what others are addressed', async () => {
    await rig.add({ offset: 1 });
    await rig.add({ offset: 3 });
    rig.log.push(
      logged(2, { key: Buffer.from('van-8') }),
      logged(3),
      logged(4, { headers: [['eventbus_consumer', Buffer.from('alert-evaluator')]] }),
    );
    expect((await rig.desk.preview(requestFor({ topic }), noProgress)).refused).toEqual({});
    rig.log.push(logged(5));
    expect(await refused(requestFor({ topic }))).toEqual({ 'later-records': 1, 'behind-refused-letter': 1 });
    expect(await redriven(requestFor({ topic }, { acceptReordering: true }))).toMatchObject({
      state: 'done',
      keyOrder: 'ignored',
    });
  });

  test('when an earlier letter of the key is not selected, unless it was given up', async () => {
    const earlier = await rig.add({ offset: 1 });
    const later = await rig.add({ offset: 2 });
    rig.log.push(logged(2));
    expect(await refused(requestFor({ ids: [later] }))).toEqual({ 'behind-open-letter': 1 });
    await rig.desk.discard({ query: { ids: [earlier] }, reason: 'a test', actor: 'ana', dryRun: false });
    expect((await rig.desk.preview(requestFor({ ids: [later] }), noProgress)).refused).toEqual({});
  });

  test('when a later record of the key was a letter that has been redriven meanwhile', async () => {
    await rig.add({ offset: 1 });
    const later = await rig.add({ offset: 2 });
    rig.log.push(logged(2));
    await redriven(requestFor({ ids: [later] }, { acceptReordering: true }));
    expect((await rig.desk.preview(requestFor({ topic }), noProgress)).refused).toEqual({ 'later-records': 1 });
  });

  test('when retention has taken what came after the letter', async () => {
    await rig.add({ offset: 1 });
    rig.logStart = 50;
    expect(await refused(requestFor({ topic }))).toEqual({ 'later-records-unknown': 1 });
  });

  test('when a migration throws, or makes what the schema refuses', async () => {
    await rig.add({ offset: 1 });
    await rig.add({ offset: 2, ...van('van-8') });
    const transform = migration(({ offset, value }) => {
      if (offset === 1) throw new RangeError('no idea');
      return { ...value, time: 'yesterday' };
    });
    expect(await refused(requestFor({ topic }, { transform }))).toEqual({ 'migration-failed': 2 });
    const { refusedExamples } = await rig.desk.preview(requestFor({ topic }, { transform }), noProgress);
    expect(refusedExamples.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('it threw RangeError: no idea'),
      expect.stringContaining('VehicleTelemetry.time'),
    ]);
  });

  test('unless the rest is asked for: then the others are sent, and what is behind a refused letter is not', async () => {
    await rig.add({ offset: 1 }, { redrives: 3 });
    await rig.add({ offset: 2 });
    await rig.add({ offset: 3, ...van('van-8') });
    const status = await redriven(requestFor({ topic }, { sendRest: true }));
    expect(status).toMatchObject({ state: 'done', total: 1, sent: 1, skipped: 2 });
    expect(await statuses()).toEqual({ 1: 'open', 2: 'open', 3: 'redriven' });
  });
});

test('order does not matter to a consumer that relies on none', async () => {
  await rig.add({ offset: 1, consumer: 'timeseries-writer' });
  rig.log.push(logged(5));
  expect(await redriven(requestFor({ topic }))).toMatchObject({ state: 'done', sent: 1 });
});

const json = (fields: object) => Buffer.from(JSON.stringify({ vehicleId: 'van-7', ...fields })).toString('base64');

describe('a migration', () => {
  test('shows each letter of a sample before and after, with what differs', async () => {
    await rig.add({ offset: 1, value: vehicleValue({ speedKmh: -4 }).toString('base64') });
    const transform = migration(({ value }) => ({ ...value, speedKmh: 4, tripId: 't-1' }));
    const preview = await rig.desk.preview(requestFor({ topic }, { transform }), { sample: 5 });
    expect(preview).toMatchObject({ selected: 1, toSend: 1, refused: {}, estimatedSeconds: 1 });
    expect(preview.sample).toMatchObject([
      {
        key: 'van-7',
        before: { speedKmh: -4 },
        after: { speedKmh: 4 },
        changes: [
          { path: 'speedKmh', kind: 'changed', before: -4, after: 4 },
          { path: 'tripId', kind: 'changed', before: null, after: 't-1' },
        ],
      },
    ]);
    expect(await statuses()).toEqual({ 1: 'open' });
  });

  test('is what is sent, under the id of the event and the key that the new value has', async () => {
    await rig.add({ offset: 1, ...van('wrong'), consumer: 'timeseries-writer' });
    const transform = migration(({ value, eventId }) => ({ ...value, vehicleId: 'van-9', tripId: eventId }));
    const status = await redriven(requestFor({ topic }, { transform }));
    expect(status.migration).toBe('fix.ts sha256:aaaaaaaaaaaa');
    expect(rig.sent[0]?.key).toEqual(Buffer.from('van-9'));
    expect(sentIds()).toEqual(['event-1']);
    expect(sentValues()).toMatchObject([{ vehicleId: 'van-9', tripId: 'event-1' }]);
  });

  test('reads the document of a value that does not fit the schema, and leaves out what it returns null for', async () => {
    const headers = [{ name: 'content-type', value: Buffer.from('application/json').toString('base64') }];
    await rig.add({ offset: 1, headers, value: json({ battery: '81 %' }) });
    await rig.add({ offset: 2, ...van('van-8'), headers, value: Buffer.from('{"vehic').toString('base64') });
    const transform = migration(({ value, json: document }) => {
      expect(value).toBeUndefined();
      if (document === undefined) return null;
      const { battery } = document as { battery: string };
      const whole = codec.decode('VehicleTelemetry', vehicleValue()).value;
      return { ...whole, batteryPercent: Number.parseInt(battery, 10) };
    });
    const { refused, sample } = await rig.desk.preview(requestFor({ topic }, { transform }), { sample: 2 });
    expect(refused).toEqual({ 'left-out': 1 });
    expect(sample[0]).toMatchObject({ before: { battery: '81 %' }, after: { batteryPercent: 81 } });
    await redriven(requestFor({ topic }, { transform, sendRest: true }));
    expect(sentHeader(rig.sent[0] as never, 'content-type')).toBe('application/avro');
    expect(sentValues()).toMatchObject([{ batteryPercent: 81 }]);
  });

  test('can be a patch of fields', async () => {
    await rig.add({ offset: 1 });
    await redriven(requestFor({ topic }, { transform: patchTransform({ batteryPercent: 50, tripId: null }) }));
    expect(sentValues()).toMatchObject([{ batteryPercent: 50, vehicleId: 'van-7' }]);
  });
});

describe('a redrive to another topic', () => {
  test('is for whoever reads that topic, in order, whatever the source holds by now', async () => {
    await rig.add({ offset: 1 });
    rig.log.push(logged(5));
    const toAlert = migration(({ value }) => ({ ...value }));
    await redriven(requestFor({ topic }, { toTopic: topic, transform: toAlert }));
    expect(sentHeader(rig.sent[0] as never, 'eventbus_consumer')).toBeUndefined();
  });

  test('is refused when the value is none of that topic', async () => {
    await rig.add({ offset: 1 });
    const request = requestFor({ topic }, { toTopic: 'order-events' });
    const { refused, refusedExamples } = await rig.desk.preview(request, noProgress);
    expect(refused).toEqual({ 'migration-failed': 1 });
    expect(refusedExamples[0]?.detail).toContain('order-events takes OrderEvent');
  });
});
