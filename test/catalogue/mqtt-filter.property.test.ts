import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { filtersOverlap } from '../../src/catalogue/mqtt-filter.ts';

/** Matching as MQTT 3.1.1 section 4.7 words it, for one topic and one filter. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (filter.at(-1) === '#') {
    const parent = filter.slice(0, -1);
    return topic.length >= parent.length && matches(parent, topic.slice(0, parent.length));
  }
  return filter.length === topic.length && filter.every((level, index) => level === '+' || level === topic[index]);
}

function topicsUpTo(depth: number): string[][] {
  if (depth === 0) return [[]];
  const shorter = topicsUpTo(depth - 1);
  const longest = shorter.filter((topic) => topic.length === depth - 1);
  return [...shorter, ...longest.flatMap((topic) => ['a', 'b', 'z'].map((level) => [...topic, level]))];
}

const everyTopic = topicsUpTo(4).filter((topic) => topic.length > 0);

const filter = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '+'), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([levels, open]) => (open ? [...levels, '#'] : levels));

test('two filters overlap exactly when some topic matches both', () => {
  fc.assert(
    fc.property(filter, filter, (left, right) => {
      const shared = everyTopic.some((topic) => matches(left, topic) && matches(right, topic));
      expect(filtersOverlap(left.join('/'), right.join('/'))).toBe(shared);
    }),
    { numRuns: 1_000 },
  );
});
