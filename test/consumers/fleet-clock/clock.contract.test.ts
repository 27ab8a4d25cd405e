import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { keepEvents } from '../../../src/consumers/effects/outbox.ts';
import { makeFleetClock } from '../../../src/consumers/fleet-clock/handler.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { EventPublisher, OutgoingRecord } from '../../../src/kafka/publisher.ts';
import { inTransaction } from '../../../src/postgres/pool.ts';
import { memoryLog } from '../../make/batch-engine.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await embeddedDatabase();
});
afterAll(() => database.close());

test('vehicles that fall silent all at once are told of once, and again after they were heard', async () => {
  const { pool } = database;
  const log = memoryLog();
  const clock = makeFleetClock(
    { pool, codec: makeCodec(), publisher: { send: async () => {} } as never, log: { ...log, level: 'info' } },
    { publish: async () => {} },
    { writeMetrics: () => {} },
  );
  const heard = (at: string) =>
    pool.query(
      `insert into fleet_vehicle (vehicle_id, vehicle_type, status, time, heard_at)
       select 'v' || n, 'car', 'MOVING', ${at}, ${at} from generate_series(1, 10) as n
       on conflict (vehicle_id) do update set heard_at = excluded.heard_at`,
    );
  const told = () => log.lines.filter(({ message }) => message.startsWith('most vehicles fell silent')).length;
  await heard(`now() - interval '1 hour'`);
  for (let call = 0; call < 3; call += 1) await clock();
  expect(told()).toBe(1);
  await heard('now()');
  await clock();
  await heard(`now() - interval '1 hour'`);
  await clock();
  expect(told()).toBe(2);
  await pool.query('delete from fleet_vehicle');
});

test('a part that fails keeps none of the others from being done, and what is put aside is measured', async () => {
  const { pool } = database;
  const sent: string[] = [];
  const publisher = {
    send: async (records: readonly unknown[]) => {
      const keys = (records as readonly OutgoingRecord[]).map(({ key }) => String(key));
      if (keys.includes('refused')) throw new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no');
      sent.push(...keys);
    },
  } as EventPublisher;
  const lines: string[] = [];
  const tick = makeFleetClock(
    { pool, codec: makeCodec(), publisher, log: { ...memoryLog(), level: 'info' } },
    { publish: async () => {} },
    { writeMetrics: (line) => lines.push(line) },
  );
  const events = ['refused', 'taken'].map((key) => {
    return { topic: 'fleet.capacity.v1', key, headers: {}, value: Buffer.from('x') };
  });
  await inTransaction(pool, (client) => keepEvents(client, events));
  await pool.query(`update event_outbox set kept_at = now() - interval '1 hour'`);
  await pool.query('alter table fleet_capacity rename to elsewhere');
  await expect(tick()).rejects.toThrow(/fleet_capacity/);
  expect(sent).toEqual(['taken']);
  const measured = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(measured).toMatchObject({ Service: 'fleet-clock', EventsSetAside: 1 });
  expect(Math.round(Number(measured['OutboxSeconds']) / 60)).toBe(60);
});
