import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeRealtimeInboxProcessor } from '../../../src/consumers/realtime-inbox/processor.ts';
import { makePostgresStore } from '../../../src/services/realtime/store.postgres.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';

const codec = makeCodec();
let database: TestDatabase;

beforeAll(async () => {
  database = await embeddedDatabase();
});
afterAll(() => database.close());

const completed = 'photo.processing.completed';

function batch(events: readonly { readonly type: string; readonly id: string; readonly value: object }[], from = 0) {
  const items = events.map(({ type, id, value }, index) => ({
    topic: 'photo.events.v1',
    partition: 0,
    offset: from + index,
    timestampMs: 1_790_000_000_000,
    key: null,
    event: { id, source: '/test', type, time: '2026-05-04T10:00:00Z' },
    value: codec.parseJson('PhotoEvent', value) as unknown as Readonly<Record<string, unknown>>,
  }));
  return { topic: 'photo.events.v1', partition: 0, items };
}

const signal = new AbortController().signal;

test('important events wait for the owner that an earlier event named, once, until they are acknowledged', async () => {
  const { pool } = database;
  const store = makePostgresStore(pool);
  const processor = makeRealtimeInboxProcessor(pool);
  const story = [
    { type: 'photo.uploaded', id: 'e1', value: { photoId: 'p1', userId: 'ada', storageUri: 's3://secret' } },
    { type: 'photo.processing.progress', id: 'e2', value: { photoId: 'p1', progress: 50 } },
    { type: completed, id: 'e3', value: { photoId: 'p1', durationMs: 5, storageUri: 's3://secret' } },
    { type: completed, id: 'e4', value: { photoId: 'nobody-knows' } },
  ];
  expect(await processor.apply(batch(story), signal)).toHaveLength(4);
  await processor.apply(batch(story), signal);
  // Whoever comes later does not take a photo away.
  await processor.apply(
    batch([{ type: 'photo.uploaded', id: 'e5', value: { photoId: 'p1', userId: 'eve' } }], 4),
    signal,
  );
  expect(await store.owners('photo', ['p1', 'nobody-knows'])).toEqual(new Map([['p1', 'ada']]));
  expect(await store.keptEvents('ada', 10)).toEqual([
    {
      id: 'e3',
      type: completed,
      name: 'photo:processing.completed',
      time: '2026-05-04T10:00:00.000Z',
      data: { photoId: 'p1', durationMs: 5 },
    },
  ]);
  await store.acknowledge('ada', ['e3']);
  await processor.apply(batch(story), signal);
  expect(await store.keptEvents('ada', 10)).toEqual([]);
  const { rows } = await pool.query('select position from consumer_position where consumer = $1', ['realtime-inbox']);
  expect(rows).toEqual([{ position: 5 }]);
});

test('an acknowledgement that comes before the event keeps it out', async () => {
  const store = makePostgresStore(database.pool);
  await store.acknowledge('bob', ['late']);
  const value = { photoId: 'p2', userId: 'bob' };
  await makeRealtimeInboxProcessor(database.pool).apply(batch([{ type: completed, id: 'late', value }]), signal);
  expect(await store.keptEvents('bob', 10)).toEqual([]);
});

test('a thing is shared with a user until it is not', async () => {
  const store = makePostgresStore(database.pool);
  const photo = { kind: 'photo', id: 'p1' };
  expect(await store.isShared(photo, 'bob')).toBe(false);
  expect([await store.share(photo, 'bob'), await store.share(photo, 'bob')]).toEqual([true, true]);
  expect(await store.isShared(photo, 'bob')).toBe(true);
  await store.unshare(photo, 'bob');
  expect(await store.isShared(photo, 'bob')).toBe(false);
});
