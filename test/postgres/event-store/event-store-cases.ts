import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { derivedId } from '../../../src/codec/event-id.ts';
import type { Appending } from '../../../src/postgres/event-store/append.ts';
import {
  type EventStore,
  type LoggedEvent,
  type LogPosition,
  logStart,
} from '../../../src/postgres/event-store/event-store.ts';

export interface StoreUnderTest {
  readonly store: EventStore;
  close(): Promise<void>;
}

let streams = 0;

/** What one command adds to a stream: so many events, each told to the outbox. */
export function appending(
  streamId: string,
  commandId: string,
  change: Partial<Appending> & { readonly count?: number } = {},
): Appending {
  const { count = 1, ...rest } = change;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const eventIds = numbers.map((index) => derivedId(commandId, 'test', index));
  const told = { topic: 'order-events', key: streamId, subject: 'OrderEvent', type: 'order.created', source: 'test' };
  return {
    streamId,
    kind: 'order',
    expectedVersion: 0,
    events: eventIds.map((eventId, index) => ({ eventId, type: 'happened', data: { type: 'happened', index } })),
    state: { count },
    stateFormat: 1,
    outbox: eventIds.map((eventId) => ({ eventId, ...told, value: { orderId: streamId } })),
    command: {
      id: commandId,
      fingerprint: 'f',
      atMs: 1_000,
      refusal: null,
      actor: 'somebody',
      sagaId: null,
      correlationId: null,
      causationId: null,
    },
    ...rest,
  };
}

const stream = () => `order-case-${(streams += 1)}`;

/** All events, with so many of a stream: a transaction of anybody in the database holds younger ones back until it ends. */
export async function allWith(store: EventStore, streamId: string, count: number): Promise<readonly LoggedEvent[]> {
  for (let left = 1_000; ; left -= 1) {
    const events = await store.all(logStart, 10_000);
    if (left === 0 || events.filter((event) => event.streamId === streamId).length >= count) return events;
    await sleep(20);
  }
}

/** What every event store promises. */
export function eventStoreCases(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`an event store: ${name}`, () => {
    let opened: StoreUnderTest;
    const store = () => opened.store;

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    test('holds events, the state after them and the command', async () => {
      const id = stream();
      expect(await store().load(id, 'none')).toEqual({
        head: { version: 0, state: null, stateFormat: 0, lastAtMs: 0 },
        handled: null,
      });
      expect(await store().append(appending(id, `${id}/a`, { count: 2 }))).toBe('appended');
      expect(await store().load(id, `${id}/a`)).toEqual({
        head: { version: 2, state: { count: 2 }, stateFormat: 1, lastAtMs: 1_000 },
        handled: { streamId: id, fingerprint: 'f', version: 2, refusal: null },
      });
      const events = await store().events(id);
      expect(
        events.map(({ version, type, data, commandId, actor }) => ({ version, type, data, commandId, actor })),
      ).toEqual(
        [1, 2].map((version) => ({
          version,
          type: 'happened',
          data: { type: 'happened', index: version - 1 },
          commandId: `${id}/a`,
          actor: 'somebody',
        })),
      );
    });

    test('refuses what follows another version, and leaves nothing of it', async () => {
      const id = stream();
      await store().append(appending(id, `${id}/a`));
      expect(await store().append(appending(id, `${id}/b`))).toBe('conflict');
      expect((await store().load(id, `${id}/b`)).handled).toBeNull();
      expect(await store().append(appending(id, `${id}/b`, { expectedVersion: 1 }))).toBe('appended');
      expect((await store().events(id)).map(({ version }) => version)).toEqual([1, 2]);
    });

    test('lets one of many win who follow the same version at once', async () => {
      const id = stream();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store().append(appending(id, `${id}/${index}`))),
      );
      expect(results.filter((result) => result === 'appended')).toHaveLength(1);
      expect(results.filter((result) => result === 'conflict')).toHaveLength(7);
      expect(await store().events(id)).toHaveLength(1);
    });

    test('carries out a command once, also when it comes twice at once', async () => {
      const id = stream();
      const results = await Promise.all([1, 2, 3].map(() => store().append(appending(id, `${id}/a`))));
      // Whether the others break on the command or on the version is the store's affair: loaded again, they find it handled.
      expect(results.filter((result) => result === 'appended')).toHaveLength(1);
      expect(await store().append(appending(id, `${id}/a`, { expectedVersion: 1 }))).toBe('handled');
      expect(await store().events(id)).toHaveLength(1);
    });

    test('remembers the refusal of a command that changes nothing', async () => {
      const id = stream();
      const plain = appending(id, `${id}/a`, { count: 0 });
      const refusal = { code: 'EVENTBUS_ORDER_STATE', what: 'not now' };
      expect(await store().append({ ...plain, command: { ...plain.command, refusal } })).toBe('appended');
      const { head, handled } = await store().load(id, `${id}/a`);
      expect({ version: head.version, handled }).toEqual({
        version: 0,
        handled: { streamId: id, fingerprint: 'f', version: 0, refusal },
      });
    });

    test('revokes a command that has not come, and tells of one that has', async () => {
      const id = stream();
      expect(await store().revoke(`${id}/late`, id)).toBeNull();
      expect(await store().append(appending(id, `${id}/late`))).toBe('handled');
      expect((await store().revoke(`${id}/late`, id))?.refusal?.code).toBe('EVENTBUS_ORDER_COMMAND_REVOKED');
      await store().append(appending(id, `${id}/early`));
      expect(await store().revoke(`${id}/early`, id)).toEqual({
        streamId: id,
        fingerprint: 'f',
        version: 1,
        refusal: null,
      });
    });

    test('reads a part of a stream, by version and by time', async () => {
      const id = stream();
      for (const [version, atMs] of [1_000, 2_000, 3_000].entries()) {
        const next = appending(id, `${id}/${version}`, { expectedVersion: version });
        await store().append({ ...next, command: { ...next.command, atMs } });
      }
      const versions = async (range: Parameters<EventStore['events']>[1]) =>
        (await store().events(id, range)).map(({ version }) => version);
      expect(await versions({ fromVersion: 2 })).toEqual([2, 3]);
      expect(await versions({ toVersion: 2 })).toEqual([1, 2]);
      expect(await versions({ untilMs: 2_000 })).toEqual([1, 2]);
      expect(await versions({ limit: 1 })).toEqual([1]);
    });

    test('reads all streams in one order, piece by piece without a gap', async () => {
      const id = stream();
      await store().append(appending(id, `${id}/a`, { count: 3 }));
      const whole = (await allWith(store(), id, 3)).map(({ eventId }) => eventId);
      const pieces: string[] = [];
      let place: LogPosition = logStart;
      for (;;) {
        const piece = await store().all(place, 2);
        const last = piece.at(-1);
        if (last === undefined) break;
        pieces.push(...piece.map(({ eventId }) => eventId));
        place = last.place;
      }
      expect(pieces).toEqual(whole);
      expect(whole.slice(-3)).toEqual((await store().events(id)).map(({ eventId }) => eventId));
    });
  });
}
