import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type KeyedStateStore,
  makePostgresStateStore,
  type StateChange,
} from '../../src/consumers/keyed-state-store.ts';
import type { TestDatabase } from '../make/postgres.ts';

const change = (given: Partial<StateChange>): StateChange => ({
  from: null,
  to: 1,
  states: new Map(),
  skips: [],
  ...given,
});

const skip = (offset: number, item: number) =>
  ({ offset, item, eventId: `e${offset}`, reason: 'rejected', detail: 'no ☂ "quotes" \\ {}, NULL' }) as const;

/** What a store of keyed states guarantees, on the PostgreSQL that `start` gives. */
export function keyedStateStoreCases(name: string, start: () => Promise<TestDatabase>): void {
  describe(`states, positions and skips on ${name}`, () => {
    let database: TestDatabase;
    let store: KeyedStateStore;
    let partition = 0;
    const at = () => ({ consumer: 'c', topic: 'telemetry.raw.v1', partition });

    beforeAll(async () => {
      database = await start();
      store = makePostgresStateStore(database.pool);
    });
    afterAll(() => database.close());

    test('a partition that nobody has read has no position, a key without state no entry', async () => {
      partition += 1;
      expect(await store.position(at())).toBeNull();
      expect(await store.states('c', ['nobody'])).toEqual(new Map());
    });

    test('one commit stores states, position and skips, and the next replaces states', async () => {
      partition += 1;
      const key = `t/${partition}`;
      const state = { deep: [1, -2.5, null, 'ü"\\'], big: 1_777_622_400_123 };
      await store.commit(
        at(),
        change({ to: 40, states: new Map([[key, { first: 1 }]]), skips: [skip(3, -1), skip(3, 2)] }),
      );
      await store.commit(at(), change({ from: 40, to: 41, states: new Map([[key, state]]) }));
      expect(await store.position(at())).toBe(41);
      expect(await store.states('c', [key, 'other'])).toEqual(new Map([[key, state]]));
      const rows = await database.pool.query(
        'select "offset", item, event_id, reason, detail from skipped_record where partition = $1 order by item',
        [partition],
      );
      expect(rows.rows).toEqual([
        { offset: 3, item: -1, event_id: 'e3', reason: 'rejected', detail: skip(3, -1).detail },
        { offset: 3, item: 2, event_id: 'e3', reason: 'rejected', detail: skip(3, -1).detail },
      ]);
    });

    test('text that PostgreSQL cannot hold is stored with a replacement and fails no commit', async () => {
      partition += 1;
      const key = `t/${partition}`;
      const state = { tripId: 'a\0b', mode: '\ud83d', fine: '\\u0000 ☂ 🚲' };
      const note = { ...skip(0, -1), detail: 'time "\0" is not RFC 3339' };
      await store.commit(at(), change({ states: new Map([[key, state]]), skips: [note] }));
      const stored = { tripId: 'a\ufffdb', mode: '\ufffd', fine: state.fine };
      expect(await store.states('c', [key])).toEqual(new Map([[key, stored]]));
      const rows = await database.pool.query('select detail from skipped_record where partition = $1', [partition]);
      expect(rows.rows).toEqual([{ detail: 'time "\ufffd" is not RFC 3339' }]);
    });

    test('a commit from another position than the stored one changes nothing', async () => {
      partition += 1;
      const key = `t/${partition}`;
      await store.commit(at(), change({ to: 10, states: new Map([[key, 'mine']]) }));
      for (const from of [null, 9, 11]) {
        const late = change({ from, to: 99, states: new Map([[key, 'late']]), skips: [skip(50, -1)] });
        await expect(store.commit(at(), late)).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_CONFLICT' });
      }
      expect(await store.position(at())).toBe(10);
      expect(await store.states('c', [key])).toEqual(new Map([[key, 'mine']]));
      const skips = await database.pool.query('select 1 from skipped_record where partition = $1', [partition]);
      expect(skips.rowCount).toBe(0);
    });

    test('of two commits at once from one position exactly one wins', async () => {
      partition += 1;
      await store.commit(at(), change({ to: 1 }));
      const rivals = ['a', 'b'].map((who) =>
        store.commit(at(), change({ from: 1, to: 2, states: new Map([[`rival/${partition}`, who]]) })),
      );
      const results = await Promise.allSettled(rivals);
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const winner = results[0]?.status === 'fulfilled' ? 'a' : 'b';
      expect([...(await store.states('c', [`rival/${partition}`])).values()]).toEqual([winner]);
    });

    test('of many partitions at once each gets its own states, skips and answer', async () => {
      const places = Array.from({ length: 40 }, (_, index) => ({ ...at(), partition: 1000 + index }));
      await store.commit(places[7] as (typeof places)[0], change({ to: 5 }));
      const results = await Promise.allSettled(
        places.map((place) =>
          store.commit(
            place,
            change({ to: 9, states: new Map([[`at/${place.partition}`, place.partition]]), skips: [skip(8, 0)] }),
          ),
        ),
      );
      expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([7]);
      const positions = await Promise.all(places.map((place) => store.position(place)));
      expect(positions).toEqual(places.map((_, index) => (index === 7 ? 5 : 9)));
      const states = await store.states(
        'c',
        places.map((place) => `at/${place.partition}`),
      );
      const stored = places.filter((_, index) => index !== 7);
      expect(states).toEqual(new Map(stored.map((place) => [`at/${place.partition}`, place.partition])));
      const rows = await database.pool.query('select partition from skipped_record where partition >= 1000 order by 1');
      expect(rows.rows).toEqual(stored.map((place) => ({ partition: place.partition })));
    });

    test('a change that cannot be stored fails alone, not those that came with it', async () => {
      const places = Array.from({ length: 5 }, (_, index) => ({ ...at(), partition: 2000 + index }));
      const results = await Promise.allSettled(
        // No bigint holds the position of the third.
        places.map((place, index) => store.commit(place, change({ to: index === 2 ? 2 ** 70 : 3 }))),
      );
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true]);
      expect(results[2]).toMatchObject({ reason: { code: 'EVENTBUS_POSTGRES_DATA_REJECTED' } });
      expect(await store.position(places[3] as (typeof places)[0])).toBe(3);
    });

    test('commits that come together share transactions', async () => {
      const places = Array.from({ length: 33 }, (_, index) => ({ ...at(), partition: 3000 + index }));
      await Promise.all(places.map((place) => store.commit(place, change({ to: 2 }))));
      // By what wrote the rows: others, such as autovacuum, have transactions on the same server.
      const { rows } = await database.pool.query(
        'select count(distinct xmin::text)::int as count from consumer_position where partition >= 3000',
      );
      // The first goes by itself, the others in groups of up to 16.
      expect(rows).toEqual([{ count: 3 }]);
    });

    test('offsets beyond 32 bits and a thousand states in one commit are stored', async () => {
      partition += 1;
      const states = new Map(Array.from({ length: 1000 }, (_, index) => [`many/${index}`, { index }]));
      await store.commit(at(), change({ to: 2 ** 40, states, skips: [skip(2 ** 40 - 1, 0)] }));
      expect(await store.position(at())).toBe(2 ** 40);
      expect((await store.states('c', [...states.keys()])).size).toBe(1000);
    });
  });
}
