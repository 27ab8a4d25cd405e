import { describe, expect, test } from '@jest/globals';
import type { Item } from '../../src/consumers/batch/processor.ts';
import { type KeyedFold, makeKeyedProcessor } from '../../src/consumers/keyed-state.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import { MemoryPublisher, MemoryStateStore } from '../make/keyed-state.ts';
import { signal } from '../make/raw-items.ts';

/** Sums numbers by key and publishes each sum; negative numbers are skipped. */
const summing: KeyedFold<number, null> = {
  prepare: () => Promise.resolve(null),
  keyOf: ({ key }) => key ?? '',
  step: ({ offset, key, event, value }, state) => {
    if (value < 0) {
      const skip = { offset, item: -1, eventId: event.id, reason: 'rejected', detail: 'negative' } as const;
      return { events: [], skips: [skip], outcome: { fate: 'skipped', reason: 'rejected' } };
    }
    const sum = ((state as { sum: number } | undefined)?.sum ?? 0) + value;
    const published = { topic: 'sums', key: key ?? '', subject: 'Alert', value: { message: String(sum) } };
    const attributes = { id: `${event.id}/derived`, source: '/sum', type: 'sum' };
    return {
      state: { sum },
      events: [{ ...published, event: attributes } as never],
      skips: [],
      outcome: { fate: 'applied' },
    };
  },
};

const item = (offset: number, value: number, key = 'a'): Item<number> => ({
  topic: 'numbers',
  partition: 3,
  offset,
  timestampMs: 0,
  key,
  event: { id: `event-${offset}`, source: '/test', type: 'number' },
  value,
});

function setUp(store = new MemoryStateStore(), publisher = new MemoryPublisher()) {
  const processor = makeKeyedProcessor({ consumer: 'sums', fold: summing, store, publisher });
  const apply = (...items: readonly Item<number>[]) =>
    processor.apply({ topic: 'numbers', partition: 3, items }, signal);
  const sums = () => publisher.published.map(({ value }) => (value as { message: string }).message);
  return { store, publisher, apply, sums };
}

const fates = (outcomes: readonly { readonly fate: string; readonly reason?: string }[]) =>
  outcomes.map(({ fate, reason }) => reason ?? fate);

describe('folding records into states', () => {
  test('goes in order, by key, over batches, and stores states, position and skips', async () => {
    const { store, apply, sums } = setUp();
    expect(fates(await apply(item(0, 1), item(1, 2, 'b'), item(2, -5), item(3, 10)))).toEqual([
      'applied',
      'applied',
      'rejected',
      'applied',
    ]);
    await apply(item(4, 100), item(5, 1000, 'b'));
    expect(sums()).toEqual(['1', '2', '11', '111', '1002']);
    expect([...store.positions]).toEqual([['sums numbers-3', 6]]);
    expect([...store.texts.values()]).toEqual(['{"sum":111}', '{"sum":1002}']);
    expect(store.skips).toMatchObject([{ offset: 2, item: -1, reason: 'rejected', eventId: 'event-2', partition: 3 }]);
  });

  test('a batch that follows the one before asks the store only for keys it has not seen', async () => {
    const { store, apply } = setUp();
    await apply(item(0, 1));
    const before = store.reads;
    await apply(item(1, 1));
    expect(store.reads).toBe(before);
    await apply(item(2, 1, 'new'));
    expect(store.reads).toBe(before + 1);
  });

  test('after a break in the offsets the store is asked again: somebody else may have been here', async () => {
    const { store, apply, sums } = setUp();
    await apply(item(0, 1));
    const other = setUp(store);
    await other.apply(item(1, 5));
    await apply(item(2, 10));
    expect(sums()).toEqual(['1', '16']);
  });

  test('records below the position are not applied again', async () => {
    const { store, publisher, apply } = setUp();
    await apply(item(0, 1), item(1, 2));
    expect(fates(await apply(item(0, 1), item(1, 2)))).toEqual(['duplicate', 'duplicate']);
    expect(fates(await apply(item(1, 2), item(2, 3)))).toEqual(['duplicate', 'applied']);
    expect(publisher.published).toHaveLength(3);
    expect([...store.texts.values()]).toEqual(['{"sum":6}']);
    expect(store.skips).toEqual([]);
  });

  test('a new instance continues where the last one stopped', async () => {
    const { store, apply } = setUp();
    await apply(item(0, 1), item(1, 2));
    const next = setUp(store);
    await next.apply(item(1, 2), item(2, 4));
    expect(next.sums()).toEqual(['7']);
  });
});

describe('failures', () => {
  test('a crash between publishing and storing publishes the same ids again, and the effects happen once', async () => {
    const { store, publisher, apply } = setUp();
    await apply(item(0, 1));
    store.failNextCommit = new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'gone');
    await expect(apply(item(1, 2), item(2, 3))).rejects.toThrow('gone');
    await apply(item(1, 2), item(2, 3));
    expect(publisher.ids()).toEqual([0, 1, 2, 1, 2].map((offset) => `event-${offset}/derived`));
    expect([...store.texts.values()]).toEqual(['{"sum":6}']);
  });

  test('nothing is stored when publishing fails', async () => {
    const { store, publisher, apply } = setUp();
    publisher.failNext = new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'gone');
    await expect(apply(item(0, 1))).rejects.toThrow('gone');
    expect(store.positions.size + store.texts.size).toBe(0);
    await apply(item(0, 1));
    expect([...store.texts.values()]).toEqual(['{"sum":1}']);
  });

  test('an instance that lost its partition cannot overwrite what its successor stored', async () => {
    const { store, apply } = setUp();
    await apply(item(0, 1));
    const successor = setUp(store);
    await successor.apply(item(1, 5), item(2, 6));
    await expect(apply(item(1, 5))).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_CONFLICT',
      failure: 'dependency',
    });
    expect([...store.texts.values()]).toEqual(['{"sum":12}']);
    // The retry finds the position moved and the record applied.
    expect(fates(await apply(item(1, 5)))).toEqual(['duplicate']);
  });

  test('too many states to keep are read again instead', async () => {
    const store = new MemoryStateStore();
    const publisher = new MemoryPublisher();
    const options = { consumer: 'sums', fold: summing, store, publisher, maxCachedStates: 2 };
    const processor = makeKeyedProcessor(options);
    const items = ['a', 'b', 'c'].map((key, offset) => item(offset, 1, key));
    await processor.apply({ topic: 'numbers', partition: 3, items }, signal);
    const before = store.reads;
    await processor.apply({ topic: 'numbers', partition: 3, items: [item(3, 1, 'a')] }, signal);
    expect(store.reads).toBe(before + 2);
    expect(store.texts.get('sums\na')).toBe('{"sum":2}');
  });
});
