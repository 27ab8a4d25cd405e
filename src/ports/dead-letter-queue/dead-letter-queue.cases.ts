import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

/** A queue under test and a way to read all letters it holds, in any order. */
export interface DeadLetterQueueUnderTest {
  readonly queue: DeadLetterQueue;
  /** Where the queue keeps what is too large for a message. */
  readonly objects: ObjectStore;
  readAll(): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

export function letterFor(offset: number, fields: Partial<DeadLetter> = {}): DeadLetter {
  return {
    consumer: 'test-consumer',
    topic: 'vehicle.telemetry.v1',
    partition: 3,
    offset,
    timestampMs: 1_700_000_000_000,
    key: Buffer.from('car-1').toString('base64'),
    value: Buffer.from([0, 255, offset & 0xff]).toString('base64'),
    headers: [{ name: 'ce_id', value: Buffer.from('id').toString('base64') }],
    eventId: `event-${offset}`,
    schemaVersion: 'VehicleTelemetry/v1',
    code: 'EVENTBUS_CODEC_MALFORMED',
    message: 'a message with “quotes”, a line\nend and \uFFFF',
    stack: null,
    attempts: 2,
    firstFailedAt: '2026-01-01T00:00:00.000Z',
    lastFailedAt: '2026-01-01T00:00:01.000Z',
    handlerVersion: '1',
    source: 'consumer',
    ...fields,
  };
}

/** What every dead-letter queue must do. */
export function deadLetterQueueCases(name: string, start: () => Promise<DeadLetterQueueUnderTest>): void {
  describe(`the dead-letter queue on ${name}`, () => {
    let under: DeadLetterQueueUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.close());

    test('keeps every letter of one call, whole', async () => {
      const sent = Array.from({ length: 25 }, (_, offset) => letterFor(offset));
      await under.queue.send(sent);
      const kept = [...(await under.readAll())].sort((left, right) => left.offset - right.offset);
      expect(kept).toEqual(sent.map((letter) => ({ ...letter, message: letter.message.replace('\uFFFF', '\uFFFD') })));
    });

    test('takes nothing for no letters', async () => {
      await under.queue.send([]);
      expect(await under.readAll()).toEqual([]);
    });

    test('takes large letters, several together above the limit of one request', async () => {
      const value = Buffer.alloc(400_000, 7).toString('base64');
      await under.queue.send([1, 2, 3].map((offset) => letterFor(offset, { value })));
      const kept = await under.readAll();
      expect(kept.map((letter) => letter.value)).toEqual([value, value, value]);
    });

    test('keeps a letter of 3 MB byte for byte: in the object store, with a message that says where', async () => {
      const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
      const sent = letterFor(9, { value: bytes.toString('base64') });
      await under.queue.send([letterFor(8), sent]);
      const kept = (await under.readAll()).toSorted((left, right) => left.offset - right.offset);
      const key = 'dead-letters/test-consumer/vehicle.telemetry.v1/3/0000000000000009.json';
      expect(kept.map(({ claim }) => claim)).toEqual([undefined, { key, valueBytes: 3_000_000 }]);
      expect(kept[1]).toMatchObject({ offset: 9, key: null, value: null, headers: [], code: sent.code });
      const claimed = JSON.parse((await under.objects.get(key))?.toString() ?? '') as DeadLetter;
      expect(claimed).toEqual(sent);
      expect(Buffer.from(claimed.value ?? '', 'base64').equals(bytes)).toBe(true);
    });

    test('keeps a letter whose key, headers or id are above the limit', async () => {
      const long = 'x'.repeat(2_000_000);
      const sent = letterFor(1, { key: long, headers: [{ name: 'ce_id', value: long }], eventId: long });
      await under.queue.send([sent]);
      const [kept] = await under.readAll();
      expect(kept?.eventId).toHaveLength(1_000);
      expect(JSON.parse((await under.objects.get(kept?.claim?.key ?? ''))?.toString() ?? '')).toEqual(sent);
    });
  });
}
