import { expect, test } from '@jest/globals';
import type { EventPattern } from '../../src/catalogue/model.ts';
import { type FilteredRecord, passesFilters } from '../../src/core/record-filter.ts';

const metadata = {
  key: 'van-7',
  topic: 'vehicle.raw',
  partition: 3,
  offset: 15,
  timestamp: 1_545_084_650_987,
  timestampType: 'CREATE_TIME',
};
const json: FilteredRecord = { ...metadata, value: '{"device_ID":"AB1234","session":{"duration":162}}' };
const text: FilteredRecord = { ...metadata, value: 'error' };
const bytes: FilteredRecord = { ...metadata, value: null };

const fields: EventPattern = { value: { device_ID: [{ prefix: 'AB' }] } };
const otherFields: EventPattern = { value: { device_ID: [{ prefix: 'XY' }] } };
const noError: EventPattern = { value: [{ 'anything-but': ['error'] }] };

const cases: readonly (readonly [string, FilteredRecord, EventPattern, boolean])[] = [
  ['JSON by a pattern of fields', json, fields, true],
  ['JSON by a pattern of fields', json, otherFields, false],
  ['a text by a pattern for texts', text, noError, false],
  ['a text by a pattern for texts', { ...text, value: 'fine' }, noError, true],
  ['a text, whose form a pattern of fields does not fit, by the rest', text, otherFields, true],
  ['a text, whose form a pattern of fields does not fit, by the rest', text, { ...otherFields, partition: [4] }, false],
  ['JSON, whose form a pattern for texts does not fit, by the rest', json, { value: ['x'] }, true],
  ['JSON, whose form a pattern for texts does not fit, by the rest', json, { value: ['x'], topic: ['y'] }, false],
  ['what is no UTF-8 by the rest', bytes, otherFields, true],
  ['what is no UTF-8 by the rest', bytes, { ...otherFields, offset: [{ numeric: ['>', 15] }] }, false],
  ['JSON by its metadata alone', json, { topic: ['vehicle.raw'], partition: [3] }, true],
  ['a record by its key', json, { key: [{ prefix: 'van-' }] }, true],
  ['a record by its key', json, { key: ['van-8'] }, false],
  ['a number alone, which is a plain text', { ...text, value: '12' }, { value: ['12'] }, true],
];

test.each(cases.map(([what, record, filter, passes]) => ({ what, record, filter, passes })))(
  'Lambda filters $what: $filter passes $passes',
  ({ record, filter, passes }) => {
    expect(passesFilters([filter], record)).toBe(passes);
  },
);

test('a record passes when one of several filters lets it through, or when there is none', () => {
  expect(passesFilters([otherFields, fields], json)).toBe(true);
  expect(passesFilters([otherFields, { value: { device_ID: ['x'] } }], json)).toBe(false);
  expect(passesFilters([], json)).toBe(true);
});
