import { expect, test } from '@jest/globals';
import { array, assert, integer, nat, property, tuple } from 'fast-check';
import { emptyTimeline, placeInTime, type Timeline } from '../../../src/core/cleaning/timeline.ts';
import { may1st, secondsLater } from '../../make/readings.ts';

interface Sent {
  readonly seconds: number;
  readonly sequence: number;
}

function taken(readings: readonly Sent[]): { ids: string[]; timeline: Timeline } {
  let timeline = emptyTimeline;
  const ids: string[] = [];
  for (const { seconds, sequence } of readings) {
    const placement = placeInTime(timeline, {
      time: secondsLater(seconds),
      sequence,
      name: '',
      intervalMs: null,
      regular: true,
      nextMs: null,
      timeZone: null,
      receivedAt: may1st + 1_000_000_000,
    });
    if (placement.fate !== 'placed') continue;
    timeline = placement.timeline;
    ids.push(`${seconds}/${sequence}`);
  }
  return { ids, timeline };
}

/** A device's readings in order: counters without holes, clock never backwards. */
const stream = array(integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 120 }).map((steps) =>
  steps.reduce<Sent[]>(
    (sent, step) => [...sent, { seconds: (sent.at(-1)?.seconds ?? 0) + step, sequence: sent.length }],
    [],
  ),
);

test('sending any part again, anywhere later, takes every reading exactly once', () => {
  assert(
    property(stream, array(tuple(nat(), nat()), { maxLength: 10 }), (readings, repeats) => {
      const sent = [...readings];
      for (const [from, length] of repeats) {
        const start = from % readings.length;
        const part = readings.slice(start, start + 1 + (length % 40));
        // A device sends again what was not acknowledged, so a copy never comes before its original.
        const firstPossible = sent.indexOf(part.at(-1) ?? (sent[0] as Sent)) + 1;
        sent.splice(firstPossible, 0, ...part);
      }
      const { ids } = taken(sent);
      expect(ids.toSorted()).toEqual(readings.map(({ seconds, sequence }) => `${seconds}/${sequence}`).toSorted());
    }),
    { numRuns: 200 },
  );
});

test('the timeline survives a passage through JSON', () => {
  assert(
    property(stream, (readings) => {
      const { timeline } = taken(readings);
      expect(JSON.parse(JSON.stringify(timeline))).toEqual(timeline);
    }),
    { numRuns: 50 },
  );
});
