import { describe, expect, test } from '@jest/globals';
import { bookingLines } from '../../../src/cli/bookings/run-bookings.ts';
import { makeEventReader } from '../../../src/cli/produce/event-reader.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { requireTopic } from '../../make/catalogue-entry.ts';
import { mobilityStory, type StoryEvent } from '../../make/mobility-story.ts';
import { may1st } from '../../make/readings.ts';

const lines = [...bookingLines({ count: 500, seed: 7, nowMs: may1st })];
const events = lines.map((line) => JSON.parse(line));

const of = (field: string) => new Set(events.map(({ data }) => data[field])).size;

describe('made-up bookings', () => {
  test('are events that produce takes, in several cities, languages and currencies', () => {
    const read = makeEventReader({
      topic: requireTopic('domain.events'),
      codec: makeCodec(),
      defaults: {},
      newId: () => '',
      now: () => may1st,
    });
    const ids = new Set(lines.map((line) => read(line).id));
    expect(ids.size).toBe(lines.length);
    expect([of('city'), of('currency'), of('bookingId')]).toEqual([5, 4, 500]);
    expect(of('language')).toBeGreaterThan(7);
  });

  test('come in the order of their times, none of them from later than now', () => {
    const times = events.map(({ time }) => Date.parse(time));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(times.at(-1)).toBeLessThanOrEqual(may1st);
  });

  test('all come to an end, most of them to a ride that is paid', () => {
    const told = events.map(({ type, data }): StoryEvent => ({ booking: type, value: data }));
    const { bookings, fates } = mobilityStory(told);
    expect(new Set(fates)).toEqual(new Set(['applied']));
    const ends = Map.groupBy(Object.values(bookings), ({ status }) => status);
    expect([...ends.keys()].toSorted()).toEqual(['CANCELLED', 'EXPIRED', 'RETURNED']);
    expect(ends.get('RETURNED')?.length).toBeGreaterThan(400);
    expect(
      ends.get('RETURNED')?.every(({ payment, amountMinor }) => payment === 'CAPTURED' && amountMinor !== null),
    ).toBe(true);
  });

  test('are the same for the same seed', () => {
    expect([...bookingLines({ count: 500, seed: 7, nowMs: may1st })]).toEqual(lines);
    expect([...bookingLines({ count: 9, seed: 8, nowMs: may1st })]).not.toEqual([
      ...bookingLines({ count: 9, seed: 7, nowMs: may1st }),
    ]);
  });
});
