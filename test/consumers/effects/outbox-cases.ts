import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import { type EffectContext, makeEffectProcessor } from '../../../src/consumers/effects/effect-processor.ts';
import { keepEvents, relayEvents } from '../../../src/consumers/effects/outbox.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingRecord } from '../../../src/kafka/publisher.ts';
import { inTransaction } from '../../../src/postgres/pool.ts';
import type { SetAside } from '../../../src/postgres/set-aside.ts';
import type { TestDatabase } from '../../make/postgres.ts';
import { rawBatch, signal } from '../../make/raw-items.ts';

const topic = 'fleet.capacity.v1';
const capacity = {
  zoneId: 'oslo',
  city: 'Oslo',
  windowStart: 0,
  windowEnd: 1,
  level: 'BALANCED',
  vehiclesTotal: 1,
  vehiclesAvailable: 1,
  vehiclesInUse: 0,
  vehiclesCharging: 0,
  vehiclesOutOfService: 0,
  openRequests: 0,
  expectedTrips: null,
  forecastVersion: null,
} as const;

const item: Item<number> = {
  topic: 'vehicle.state.v1',
  partition: 0,
  offset: 0,
  timestampMs: 0,
  key: 'van-7',
  event: { id: 'one', source: '/test', type: 'reported' },
  value: 1,
};

const takesAll = (): null => null;

/** Tells one event, whatever it handles. */
async function tellOne(items: readonly Item<number>[], { effects }: EffectContext) {
  const event = { id: 'one', type: 'capacity.measured', time: '2026-05-04T00:00:00Z' };
  effects.event({ topic, key: 'oslo', subject: 'CapacityEvent', value: capacity, event });
  return items.map(() => 'applied' as const);
}

/** What the outbox of the consumers promises on any PostgreSQL. */
export function outboxCases(where: string, open: () => Promise<TestDatabase>): void {
  describe(`the outbox of the consumers ${where}`, () => {
    let database: TestDatabase;
    const log: string[] = [];
    /** Why the log will not take a record; null when it does. */
    let refusal: (name: string) => AppError | null = takesAll;
    const publisher = {
      send: async (records: readonly unknown[]) => {
        const names = (records as readonly OutgoingRecord[]).map(({ value }) => String(value));
        const found = names.map(refusal).find((one) => one !== null);
        if (found !== undefined) throw found;
        log.push(...names);
      },
    };

    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      log.length = 0;
      refusal = takesAll;
      await database.pool.query('truncate event_outbox, consumer_position, fleet_vehicle');
    });

    /** Names such as `a1`: the first letter is the key. */
    const keep = (...names: readonly string[]) =>
      inTransaction(database.pool, (client) =>
        keepEvents(
          client,
          names.map((name) => ({ topic, key: name.slice(0, 1), headers: { ce_id: name }, value: Buffer.from(name) })),
        ),
      );
    const relay = (onSetAside?: (event: SetAside) => void) =>
      relayEvents({ pool: database.pool, publisher, onSetAside });
    const aside = async () => {
      const sql = `select key, refusals, code, reason from event_outbox where retry_at is not null order by position`;
      return (await database.pool.query(sql)).rows;
    };
    const waiting = async () => (await database.pool.query('select 1 from event_outbox')).rows.length;
    const passAnHour = () =>
      database.pool.query(`update event_outbox set retry_at = retry_at - interval '1 hour' where retry_at is not null`);

    test('puts an event aside that the log refuses; its key waits behind it, other keys go on', async () => {
      const failure = new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no');
      refusal = (name) => (name === 'a1' ? failure : null);
      await keep('b0', 'a1', 'a2', 'b1', 'c1');
      const told: SetAside[] = [];
      expect(await relay((event) => told.push(event))).toBe(3);
      await keep('a3', 'b2');
      expect(await relay()).toBe(1);
      expect(log).toEqual(['b0', 'b1', 'c1', 'b2']);
      expect(told).toMatchObject([{ outbox: 'event_outbox', topic, failure }]);
      expect(await aside()).toEqual([
        { key: 'a', refusals: 1, code: 'EVENTBUS_KAFKA_RECORD_REFUSED', reason: failure.message },
      ]);
    });

    test('offers it again, and publishes its key in order once the log takes it', async () => {
      refusal = (name) => (name === 'a1' ? new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no') : null);
      await keep('a1', 'a2', 'b1');
      await relay();
      refusal = () => null;
      expect(await relay()).toBe(0);
      await passAnHour();
      expect(await relay()).toBe(2);
      expect(log).toEqual(['b1', 'a1', 'a2']);
      expect(await waiting()).toBe(0);
    });

    test('puts nothing aside while the log is away, also when that begins in the midst of a round', async () => {
      await keep('a1', 'b1', 'c1', 'd1');
      let calls = 0;
      refusal = (name) => {
        calls += 1;
        if (calls > 4) return new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away');
        return name === 'a1' ? new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no') : null;
      };
      await expect(relay()).rejects.toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE' });
      expect(await aside()).toEqual([]);
      refusal = () => null;
      expect(await relay()).toBe(4);
    });

    test.each([
      [
        'does not fit its schema',
        'EVENTBUS_CODEC_VALUE_INVALID',
        { topic, value: { ...capacity, zoneId: 7 as never } },
      ],
      [
        'is too large',
        'EVENTBUS_KAFKA_RECORD_TOO_LARGE',
        { topic, value: { ...capacity, city: 'x'.repeat(1_100_000) } },
      ],
      ['has no topic', 'EVENTBUS_KAFKA_TOPIC_UNKNOWN', { topic: 'fleet.nothing.v1', value: capacity }],
    ])('refuses an event before the commit that %s, and keeps nothing of its batch', async (_name, code, told) => {
      const work = async (items: readonly Item<number>[], { client, effects }: EffectContext) => {
        await client.query(
          `insert into fleet_vehicle (vehicle_id, vehicle_type, status, time, heard_at) values ('van-7', 'van', 'PARKED', now(), now())`,
        );
        const event = { id: 'one', type: 'capacity.measured', time: '2026-05-04T00:00:00Z' };
        effects.event({ ...told, key: 'oslo', subject: 'CapacityEvent', event });
        return items.map(() => 'applied' as const);
      };
      const { pool } = database;
      const processor = makeEffectProcessor({ consumer: 'test', pool, codec: makeCodec(), publisher, work });
      await expect(processor.apply(rawBatch([item]), signal)).rejects.toMatchObject({ code });
      for (const table of ['fleet_vehicle', 'event_outbox', 'consumer_position']) {
        expect((await pool.query(`select 1 from ${table}`)).rows).toEqual([]);
      }
    });

    test('does not blame a record for an event that another one left behind', async () => {
      await keep('a1');
      refusal = (name) => (name === 'a1' ? new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no') : null);
      const { pool } = database;
      const processor = makeEffectProcessor({ consumer: 'test', pool, codec: makeCodec(), publisher, work: tellOne });
      expect(await processor.apply(rawBatch([item]), signal)).toEqual([{ fate: 'applied' }]);
      expect(log).toHaveLength(1);
      expect(await waiting()).toBe(1);
    });
  });
}
