import { expect, test } from '@jest/globals';
import { assert, constantFrom, dictionary, integer, property, record, uniqueArray } from 'fast-check';
import { keyPlace, type PlannableLetter, planRedrive } from '../../../src/core/redrive/plan.ts';

const letters = uniqueArray(
  record({
    partition: integer({ min: 0, max: 2 }),
    offset: integer({ min: 0, max: 40 }),
    key: constantFrom('a', 'b', null),
    redrives: integer({ min: 0, max: 4 }),
    obstacle: constantFrom(null, null, null, { reason: 'payload-missing', detail: '' } as const),
  }),
  { selector: ({ partition, offset }) => `${partition}/${offset}`, maxLength: 40 },
).map((found): PlannableLetter[] =>
  found.map((fields) => ({
    ...fields,
    id: `${fields.partition}/${fields.offset}`,
    consumer: 'c',
    topic: 't',
    ordered: true,
    keyChanged: false,
  })),
);
const last = dictionary(constantFrom('c/t/0/a', 'c/t/1/b'), integer({ min: 0, max: 40 }));

test('every letter is sent or refused, once, and no letter that is sent overtakes anything of its key', () => {
  assert(
    property(letters, last, (selected, lastOffsets) => {
      const order = {
        mode: 'kept',
        openOffsets: new Map<string, readonly number[]>(),
        lastOffsets: new Map(Object.entries(lastOffsets)),
        logStarts: new Map<string, number>(),
      } as const;
      const { send, refused } = planRedrive(selected, { maxRedrives: 3, order });
      const ids = [...send, ...refused.map(({ letter }) => letter)].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(selected.map(({ id }) => id).toSorted());
      const position = new Map(send.map(({ id }, index) => [id, index]));
      for (const letter of send) {
        const place = keyPlace(letter);
        if (place === undefined) continue;
        expect(lastOffsets[place] ?? -1).toBeLessThanOrEqual(letter.offset);
        for (const other of selected) {
          if (keyPlace(other) !== place || other.offset >= letter.offset) continue;
          expect(position.get(other.id) ?? Infinity).toBeLessThan(position.get(letter.id) ?? -1);
        }
      }
    }),
  );
});
