import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { patchTransform } from '../../../src/services/dead-letters/patch-transform.ts';
import { type DeskRig, makeDeskRig, requestFor, sentHeader, topic, vehicleValue } from './desk-rig.ts';

let rig: DeskRig;
beforeAll(async () => {
  rig = await makeDeskRig();
});
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const never = new AbortController().signal;
const noProgress = { sample: 0 };
const run = (redriveId: string, signal = never) => rig.desk.run({ redriveId, actor: 'ana', signal });
const sentIds = () => rig.sent.map((record) => sentHeader(record, 'ce_id'));
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `event-${from + index}`);

async function planned(letters: number, perSecond = 20) {
  for (let offset = 0; offset < letters; offset += 1) await rig.add({ offset });
  return (await rig.desk.plan(requestFor({ topic }, { perSecond }), noProgress)).redriveId;
}

/** Ends the program's say over the redrive, as its death does after a while. */
const leaseEnds = () => rig.pool.query(`update redrive set lease_until = now() - interval '1 second'`);

describe('a redrive that was interrupted', () => {
  test('by a log that is away is paused, says why, and goes on where it stopped', async () => {
    const redriveId = await planned(6);
    rig.onSend = async () => {
      if (rig.sent.length >= 2) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away');
    };
    await expect(run(redriveId)).rejects.toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE' });
    expect(await rig.desk.redrive(redriveId)).toMatchObject({
      state: 'paused',
      sent: rig.sent.length,
      error: expect.stringContaining('away'),
    });
    rig.onSend = async () => {};
    expect(await run(redriveId)).toMatchObject({ state: 'done', sent: 6, error: null });
    expect(sentIds()).toEqual(ids(0, 6));
  });

  test('by the death of its program goes on in another one, and sends again only what was not marked', async () => {
    const redriveId = await planned(6);
    const death = Promise.withResolvers<never>();
    const taken = Promise.withResolvers<number>();
    rig.onSend = (records) => {
      if (rig.sent.length < 2) return Promise.resolve();
      // The log takes the letters, and the program dies before it can note that down.
      rig.sent.push(...records);
      taken.resolve(records.length);
      return death.promise;
    };
    const dying = run(redriveId);
    dying.catch(() => undefined);
    const twice = await taken.promise;
    rig.onSend = async () => {};
    await expect(run(redriveId)).rejects.toMatchObject({ code: 'EVENTBUS_DLQ_REDRIVE_STATE' });
    await leaseEnds();
    expect((await rig.desk.redrives({ limit: 1, unfinished: true })).items).toMatchObject([
      { state: 'running', alive: false },
    ]);
    expect(await run(redriveId)).toMatchObject({ state: 'done', sent: 6 });
    expect([...new Set(sentIds())]).toEqual(ids(0, 6));
    expect(sentIds()).toHaveLength(6 + twice);
    death.reject(new AppError('EVENTBUS_KAFKA_CLOSED', 'dead'));
    await expect(dying).rejects.toThrow('dead');
    expect(await rig.desk.redrive(redriveId)).toMatchObject({ state: 'done', error: null });
  });

  test('goes on with the changed records it was planned with, without the function that changed them', async () => {
    await rig.add({ offset: 1 });
    const transform = patchTransform({ batteryPercent: 50 });
    const { redriveId } = await rig.desk.plan(requestFor({ topic }, { transform }), noProgress);
    rig.onSend = () => Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away'));
    await expect(run(redriveId)).rejects.toThrow('away');
    rig.onSend = async () => {};
    expect(await run(redriveId)).toMatchObject({ state: 'done', migration: 'patch {"batteryPercent":50}' });
    expect(rig.sent[0]?.value).toEqual(vehicleValue({ batteryPercent: 50 }));
  });

  test('by Ctrl-C counts what was being sent and is paused', async () => {
    // A late turn sends up to four letters: of twelve, one is left whenever the turns come.
    const redriveId = await planned(12);
    const interrupted = new AbortController();
    rig.onSend = async () => {
      if (rig.sent.length >= 4) interrupted.abort();
    };
    const status = await run(redriveId, interrupted.signal);
    expect(status).toMatchObject({ state: 'paused', sent: rig.sent.length });
    expect(status.pending).toBeGreaterThan(0);
    expect((await rig.desk.redrive(redriveId)).actions.map(({ action }) => action)).toEqual(['pause', 'redrive']);
  });
});

describe('another program', () => {
  test('can pause a redrive; its letters belong to it until it is resumed', async () => {
    const redriveId = await planned(10);
    let asked = false;
    rig.onSend = async () => {
      if (asked || rig.sent.length < 2) return;
      asked = true;
      await rig.desk.pause({ redriveId, actor: 'ben' });
    };
    expect(await run(redriveId)).toMatchObject({ state: 'paused' });
    expect(rig.sent.length).toBeLessThan(10);
    await expect(rig.desk.plan(requestFor({ topic }), noProgress)).rejects.toMatchObject({
      code: 'EVENTBUS_DLQ_NOTHING_SELECTED',
    });
    expect(await run(redriveId)).toMatchObject({ state: 'done' });
    expect(sentIds()).toEqual(ids(0, 10));
    expect((await rig.desk.redrive(redriveId)).actions.map(({ action, actor }) => [action, actor])).toEqual([
      ['finish', 'ana'],
      ['resume', 'ana'],
      ['pause', 'ben'],
      ['redrive', 'ana'],
    ]);
  });

  test('can cancel it: what was not sent is open again', async () => {
    const redriveId = await planned(10);
    rig.onSend = async () => {
      if (rig.sent.length >= 2) await rig.desk.cancel({ redriveId, actor: 'ben' });
    };
    const status = await run(redriveId);
    expect(status).toMatchObject({ state: 'cancelled', sent: rig.sent.length, pending: 0 });
    const { letters } = await rig.desk.statistics({});
    expect(letters).toMatchObject({ open: 10 - rig.sent.length, redriven: rig.sent.length, redriving: 0 });
    await expect(run(redriveId)).rejects.toMatchObject({ code: 'EVENTBUS_DLQ_REDRIVE_STATE' });
    expect((await rig.desk.redrive(redriveId)).actions.map(({ action, actor }) => [action, actor])).toEqual([
      ['cancel', 'ben'],
      ['redrive', 'ana'],
    ]);
  });

  test('can cancel one that nobody sends, at once', async () => {
    const redriveId = await planned(3);
    expect(await rig.desk.cancel({ redriveId, actor: 'ben' })).toMatchObject({ state: 'cancelled', skipped: 3 });
    expect((await rig.desk.statistics({})).letters.open).toBe(3);
  });

  test('that asks for the same letters at the same time gets them, or nothing', async () => {
    for (let offset = 0; offset < 20; offset += 1) await rig.add({ offset });
    const asked = await Promise.allSettled([1, 2, 3].map(() => rig.desk.plan(requestFor({ topic }), noProgress)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { items } = await rig.desk.redrives({ limit: 10 });
    expect(items).toMatchObject([{ total: 20, pending: 20 }]);
  });
});
