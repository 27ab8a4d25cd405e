import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { getLetter } from '../../../src/ports/object-store/stored-letter.ts';
import { makePool } from '../../../src/postgres/pool.ts';
import { deadLetter, makeProcessorRig, type ProcessorRig, queueEvent } from '../../make/dead-letters.ts';

let rig: ProcessorRig;

beforeAll(async () => {
  rig = await makeProcessorRig();
});
afterAll(() => rig.close());
beforeEach(() => rig.reset());

const done = { batchItemFailures: [] };
const letterCount = () => rig.rows<{ count: number }>('select count(*) as count from dead_letter');

const header = (name: string, value: string) => ({ name, value: Buffer.from(value).toString('base64') });
const secret = (offset: number) => deadLetter(offset, { message: `name "secret-${offset}" is refused` });
const away = () => Promise.reject(new AppError('EVENTBUS_OBJECT_STORE_UNAVAILABLE', 'away'));

describe('a dead letter', () => {
  test('is stored whole: the failure in PostgreSQL, the record with its value in the object store', async () => {
    const sent = deadLetter(5);
    expect(await rig.process(queueEvent([sent]))).toEqual(done);
    const [row] = await rig.rows('select * from dead_letter');
    expect(row).toMatchObject({
      consumer: 'timeseries-writer',
      topic: 'vehicle.telemetry.v1',
      partition: 0,
      offset: 5,
      timestamp_ms: 1_700_000_000_005,
      key: Buffer.from('car-5'),
      headers: sent.headers,
      event_id: 'event-5',
      schema_version: 'VehicleTelemetry/v1',
      value_bytes: 7,
      payload_key: 'dead-letters/timeseries-writer/vehicle.telemetry.v1/0/0000000000000005.json',
      code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
      message: sent.message,
      stack: sent.stack,
      attempts: 2,
      first_failed_at: new Date('2026-11-21T10:00:00.000Z'),
      last_failed_at: new Date('2026-11-21T10:00:01.000Z'),
      handler_version: '7',
      source: 'consumer',
      status: 'open',
      redrives: 0,
      origin: null,
    });
    expect(await getLetter(rig.objects, String(row?.['payload_key']))).toEqual(sent);
  });

  test('of one cause is in one group with the others, whatever numbers and ids the messages hold', async () => {
    const others = [
      deadLetter(50, { code: 'EVENTBUS_CODEC_MALFORMED', message: 'no field' }),
      deadLetter(51, { schemaVersion: 'VehicleTelemetry/v2' }),
      deadLetter(52, { consumer: 'window-aggregator' }),
      deadLetter(53, { message: 'PostgreSQL rejected the values: a null is not allowed.' }),
    ];
    await rig.process(queueEvent([...[1, 2, 3].map((offset) => deadLetter(offset)), ...others]));
    const groups = await rig.rows(
      'select g.code, count(*) from dead_letter_group g join dead_letter using (group_id) group by group_id order by 2 desc',
    );
    expect(groups.map(({ count }) => count)).toEqual([3, 1, 1, 1, 1]);
    expect(
      await rig.rows(`select first_seen, normalised_message from dead_letter_group where code like '%REJECTED' and
      consumer = 'timeseries-writer' and schema_version like '%1' and normalised_message like '%range%'`),
    ).toEqual([
      {
        first_seen: new Date('2026-11-21T10:00:00.000Z'),
        normalised_message: 'PostgreSQL rejected the values: value <n> is out of range (<n>).',
      },
    ]);
  });

  test('keeps what PostgreSQL cannot hold in texts out of them, and in the object as it was', async () => {
    const sent = deadLetter(1, {
      eventId: 'nul \0 and half \ud83d',
      message: 'nul \0',
      headers: [{ name: 'odd \0', value: '' }],
      key: null,
      value: null,
      stack: null,
    });
    expect(await rig.process(queueEvent([sent]))).toEqual(done);
    const [row] = await rig.rows('select event_id, message, key, value_bytes, payload_key from dead_letter');
    expect(row).toMatchObject({ event_id: 'nul \uFFFD and half \uFFFD', key: null, value_bytes: null });
    expect((await getLetter(rig.objects, String(row?.['payload_key'])))?.headers).toEqual(sent.headers);
  });

  test('says how often its record was redriven, and which record it repeats', async () => {
    const again = [header('eventbus_redrives', '2'), header('eventbus_origin', 'vehicle.telemetry.v1/0/5')];
    const odd = [header('eventbus_redrives', '-1 or more')];
    await rig.process(queueEvent([deadLetter(1, { headers: again }), deadLetter(2, { headers: odd })]));
    expect(await rig.rows('select redrives, origin from dead_letter order by "offset"')).toEqual([
      { redrives: 2, origin: 'vehicle.telemetry.v1/0/5' },
      { redrives: 0, origin: null },
    ]);
  });
});

describe('a message that comes again', () => {
  test('makes one letter and one notice, also side by side and within one batch', async () => {
    const sent = deadLetter(5);
    await rig.process(queueEvent([sent, sent]));
    await Promise.all([rig.process(queueEvent([sent])), rig.process(queueEvent([sent]))]);
    expect(await rig.rows('select attempts, status from dead_letter')).toEqual([{ attempts: 2, status: 'open' }]);
    expect(rig.notices()).toHaveLength(1);
  });

  test('after a later failure of its record changes nothing, whichever comes first', async () => {
    const first = deadLetter(5);
    const later = deadLetter(5, {
      attempts: 3,
      code: 'EVENTBUS_CONSUMER_UNEXPECTED',
      firstFailedAt: '2026-11-21T11:00:00.000Z',
      lastFailedAt: '2026-11-21T11:00:05.000Z',
    });
    await rig.process(queueEvent([first]));
    await rig.process(queueEvent([later]));
    await rig.process(queueEvent([first]));
    const [row] = await rig.rows('select attempts, code, first_failed_at, last_failed_at from dead_letter');
    expect(row).toEqual({
      attempts: 5,
      code: 'EVENTBUS_CONSUMER_UNEXPECTED',
      first_failed_at: new Date('2026-11-21T10:00:00.000Z'),
      last_failed_at: new Date('2026-11-21T11:00:05.000Z'),
    });
  });

  test('does not open a closed letter again; a later failure does, and the trail and a notice say so', async () => {
    await rig.process(queueEvent([deadLetter(5)]));
    await rig.database.pool.query(`update dead_letter set status = 'redriven'`);
    rig.notices();
    await rig.process(queueEvent([deadLetter(5)]));
    expect(await rig.rows('select status from dead_letter')).toEqual([{ status: 'redriven' }]);
    expect(rig.notices()).toEqual([]);
    await rig.process(queueEvent([deadLetter(5, { lastFailedAt: '2026-11-22T00:00:00.000Z' })]));
    expect(await rig.rows('select status from dead_letter')).toEqual([{ status: 'open' }]);
    expect(await rig.rows('select actor, action from dead_letter_action')).toEqual([
      { actor: 'dead-letter-processor', action: 'reopen' },
    ]);
    expect(rig.notices()).toHaveLength(1);
  });
});

describe('a notice', () => {
  test('tells of each group with new letters, without keys, values or quoted texts', async () => {
    await rig.process(queueEvent([secret(1), secret(2), deadLetter(3)]));
    const notices = rig.notices();
    const counts = notices.map(({ type, detail }) => [type, detail['letters'], detail['openLetters']]);
    expect(counts).toHaveLength(2);
    expect(counts).toContainEqual(['Dead letters received', 1, 1]);
    expect(counts).toContainEqual(['Dead letters received', 2, 2]);
    expect(notices.find(({ detail }) => detail['letters'] === 2)?.detail).toMatchObject({
      consumer: 'timeseries-writer',
      code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
      message: 'name <text> is refused',
      schemaVersion: 'VehicleTelemetry/v1',
      topics: ['vehicle.telemetry.v1'],
      lastFailedAt: '2026-11-21T10:00:01.000Z',
    });
    expect(JSON.stringify(notices)).not.toContain('secret');
  });

  test('that could not be published is published when the message comes again', async () => {
    const down = { publish: () => Promise.reject(new AppError('EVENTBUS_ROUTER_UNAVAILABLE', 'away')) };
    const event = queueEvent([deadLetter(1), deadLetter(2)]);
    const answer = await rig.with({ router: down })(event);
    expect(answer.batchItemFailures).toEqual(event.Records.map(({ messageId }) => ({ itemIdentifier: messageId })));
    expect(await letterCount()).toEqual([{ count: 2 }]);
    expect(await rig.process(event)).toEqual(done);
    expect(rig.notices().map(({ detail }) => detail['letters'])).toEqual([2]);
  });
});

describe('while a part is away', () => {
  test('PostgreSQL: every message is delivered again and none is put aside, however often', async () => {
    const pool = makePool('postgres://127.0.0.1:1/none');
    const event = queueEvent([deadLetter(1), deadLetter(2)], 500);
    const answer = await rig.with({ pool })(event);
    expect(answer.batchItemFailures).toHaveLength(2);
    expect(rig.notices()).toEqual([]);
    expect(rig.log.lines.at(-1)?.fields).toMatchObject({ code: 'EVENTBUS_POSTGRES_UNAVAILABLE' });
    await pool.end();
  });

  test('the object store: nothing is stored, nothing is lost', async () => {
    const event = queueEvent(['garbage', deadLetter(2)], 500);
    const answer = await rig.with({ objects: { ...rig.objects, put: away } })(event);
    expect(answer.batchItemFailures).toHaveLength(2);
    expect(await letterCount()).toEqual([{ count: 0 }]);
    expect(await rig.process(event)).toEqual(done);
    expect(await letterCount()).toEqual([{ count: 1 }]);
  });
});
