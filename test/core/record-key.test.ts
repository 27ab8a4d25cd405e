import { expect, test } from '@jest/globals';
import { recordKey } from '../../src/core/record-key.ts';
import { requireTopic } from '../make/catalogue-entry.ts';

const photos = requireTopic('photo.events.v1');

test('the key is the text in the key field', () => {
  expect(recordKey(photos, { photoId: 'p1', batchId: 'b1' })).toBe('p1');
});

test('the fallback field gives the key where the key field is null or absent', () => {
  expect(recordKey(photos, { photoId: null, batchId: 'b1' })).toBe('b1');
  expect(recordKey(photos, { batchId: 'b1' })).toBe('b1');
});

test('a value without either has no key', () => {
  expect(recordKey(photos, { photoId: '', batchId: 7 })).toBeUndefined();
  expect(recordKey(requireTopic('alerts'), {})).toBeUndefined();
});
