import { expect, test } from '@jest/globals';
import { parseFields, parseFilter, project } from '../../../src/core/realtime/filter.ts';

const allowed = new Set(['city', 'severity', 'value', 'thumbnails', 'done']);

test.each([
  [{ city: 'oslo' }, { city: 'oslo' }, true],
  [{ city: 'oslo' }, { city: 'Oslo' }, false],
  [{ city: 'oslo' }, {}, false],
  [{ city: ['oslo', 'bergen'] }, { city: 'bergen' }, true],
  [{ city: ['oslo', 'bergen'] }, { city: 'paris' }, false],
  [{ done: true }, { done: true }, true],
  [{ done: true }, { done: 'true' }, false],
  [{ value: { gte: 10, lt: 20 } }, { value: 10 }, true],
  [{ value: { gte: 10, lt: 20 } }, { value: 20 }, false],
  [{ value: { gt: 10, lte: 20 } }, { value: 10 }, false],
  [{ value: { gt: 10, lte: 20 } }, { value: 20 }, true],
  [{ value: { gt: 1 } }, { value: '5' }, false],
  [{ city: { gte: 'm' } }, { city: 'oslo' }, true],
  [{ city: 'oslo', value: 3 }, { city: 'oslo', value: 4 }, false],
  [{ 'thumbnails.widthPx': { gte: 300 } }, { thumbnails: [{ widthPx: 100 }, { widthPx: 400 }] }, true],
  [{ 'thumbnails.widthPx': { gte: 300 } }, { thumbnails: [{ widthPx: 100 }] }, false],
  [{}, {}, true],
])('filter %j on %j lets it pass: %s', (filter, data, passes) => {
  expect(parseFilter(filter, allowed)(data)).toBe(passes);
});

test.each([
  'text',
  null,
  [],
  { owner: 'ada' },
  { city: {} },
  { city: { near: 1 } },
  { city: null },
  { city: [] },
  { city: [{}] },
  { value: { gt: 1, lt: '2' } },
  { value: Number.NaN },
  { 'city.a.b.c.d': 1 },
  { __proto__x: 1 },
  { city: 'x'.repeat(300) },
])('filter %j is refused', (filter) => {
  expect(() => parseFilter(filter, allowed)).toThrow(
    expect.objectContaining({ code: 'EVENTBUS_REALTIME_FILTER_INVALID' }),
  );
});

test('a refused field is answered with those there are', () => {
  expect(() => parseFilter({ town: 'oslo' }, allowed)).toThrow(/"town".*city, done, severity, thumbnails, value/);
  expect(() => parseFields(['town'], allowed)).toThrow(/"town".*city, done/);
});

test('only the named fields are sent, in no other order than always', () => {
  const fields = parseFields(['value', 'city', 'city', 'done'], allowed);
  expect(fields).toEqual(['city', 'done', 'value']);
  expect(project({ value: 1, city: 'oslo', severity: 'INFO' }, fields)).toEqual({ city: 'oslo', value: 1 });
  expect(() => parseFields([], allowed)).toThrow(/list of 1 to/);
  expect(() => parseFields('city', allowed)).toThrow(/list of 1 to/);
});
