import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outboxText } from '../../../src/cli/outbox/run-outbox.ts';
import { keepEvents, relayEvents } from '../../../src/consumers/effects/outbox.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingRecord } from '../../../src/kafka/publisher.ts';
import { inTransaction } from '../../../src/postgres/pool.ts';
import { discard, offerAgain, setAsideEvents } from '../../../src/services/outbox/set-aside-desk.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';

const topic = 'fleet.capacity.v1';

describe('the desk of events that are put aside', () => {
  let database: TestDatabase;
  let refused: readonly string[] = [];
  const log: string[] = [];
  const publisher = {
    send: async (records: readonly unknown[]) => {
      const names = (records as readonly OutgoingRecord[]).map(({ value }) => String(value));
      if (names.some((name) => refused.includes(name))) throw new AppError('EVENTBUS_KAFKA_RECORD_REFUSED', 'no');
      log.push(...names);
    },
  };
  const relay = () => relayEvents({ pool: database.pool, publisher });

  beforeAll(async () => {
    database = await embeddedDatabase();
    refused = ['a1', 'b1'];
    const names = ['a1', 'a2', 'a3', 'b1'];
    const events = names.map((name) => {
      return { topic, key: name.slice(0, 1), headers: { ce_id: `id-${name}` }, value: Buffer.from(name) };
    });
    await inTransaction(database.pool, (client) => keepEvents(client, events));
    await relay();
  });
  afterAll(() => database.close());

  test('shows each with its reason and with how many wait behind it', async () => {
    const events = await setAsideEvents(database.pool, 10);
    expect(events).toMatchObject([
      { topic, key: 'a', eventId: 'id-a1', code: 'EVENTBUS_KAFKA_RECORD_REFUSED', refusals: 1, held: 2 },
      { topic, key: 'b', eventId: 'id-b1', held: 0 },
    ]);
    expect(outboxText(events)).toMatch(/event_outbox:\d+ +fleet\.capacity\.v1 +a +.* +2\n/);
    expect(outboxText(events)).toContain('the cluster refuses the record: no.');
    expect(outboxText([])).toBe('the log has refused nothing that waits\n');
  });

  test('has one offered again at once, or all', async () => {
    const [, b] = await setAsideEvents(database.pool, 10);
    expect(await relay()).toBe(0);
    refused = ['a1'];
    expect(await offerAgain(database.pool, b?.id ?? '')).toBe(1);
    expect(await relay()).toBe(1);
    expect(log).toEqual(['b1']);
    expect(await offerAgain(database.pool, null)).toBe(1);
    expect(await relay()).toBe(0);
    expect(await setAsideEvents(database.pool, 10)).toMatchObject([{ key: 'a', refusals: 2 }]);
  });

  test('takes one out for good, keeps it whole, and lets go what waited behind it', async () => {
    const [a] = await setAsideEvents(database.pool, 10);
    await discard(database.pool, a?.id ?? '', 'agreed');
    expect(await relay()).toBe(2);
    expect(log).toEqual(['b1', 'a2', 'a3']);
    const { rows } = await database.pool.query('select topic, key, code, content from discarded_event');
    expect(rows).toMatchObject([
      {
        topic,
        key: 'a',
        code: 'EVENTBUS_KAFKA_RECORD_REFUSED',
        content: { why: 'agreed', value: `\\x${Buffer.from('a1').toString('hex')}`, headers: { ce_id: 'id-a1' } },
      },
    ]);
  });

  test.each(['outbox:99', 'outbox', 'stored_event:1', 'outbox:1; drop'])('knows no event "%s"', async (id) => {
    await expect(offerAgain(database.pool, id)).rejects.toMatchObject({ code: 'EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN' });
    await expect(discard(database.pool, id, 'x')).rejects.toMatchObject({ code: 'EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN' });
  });

  test('does not take out what only waits', async () => {
    await inTransaction(database.pool, (client) =>
      keepEvents(client, [{ topic, key: 'c', headers: {}, value: Buffer.from('c1') }]),
    );
    const { rows } = await database.pool.query<{ position: number }>('select position from event_outbox');
    const id = `event_outbox:${rows[0]?.position}`;
    await expect(discard(database.pool, id, 'x')).rejects.toMatchObject({ code: 'EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN' });
  });
});
