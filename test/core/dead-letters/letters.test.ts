import { describe, expect, test } from '@jest/globals';
import { letterKey } from '../../../src/core/dead-letters/dead-letter.ts';
import { mergeLetters } from '../../../src/core/dead-letters/merge-letters.ts';
import { parseLetter } from '../../../src/core/dead-letters/parse-letter.ts';
import { deadLetter } from '../../make/dead-letters.ts';

test('the keys of a partition’s letters are in the order of their offsets', () => {
  const keys = [9, 10, 2 ** 53 - 1].map((offset) => letterKey(deadLetter(offset)));
  expect(keys).toEqual(keys.toSorted((left, right) => (left < right ? -1 : 1)));
});

describe('merging', () => {
  const first = deadLetter(1, { firstFailedAt: '2026-01-01T00:00:00Z', lastFailedAt: '2026-01-01T00:00:01Z' });
  const later = deadLetter(1, {
    attempts: 3,
    code: 'EVENTBUS_CODEC_MALFORMED',
    firstFailedAt: '2026-01-02T00:00:00Z',
    lastFailedAt: '2026-01-02T00:00:01Z',
  });

  test.each([
    ['in order', [first, later]],
    ['in the other order', [later, first]],
  ])('failures of one record %s makes the later one, with the attempts of both', (_name, letters) => {
    expect(mergeLetters(letters)).toEqual([{ ...later, attempts: 5, firstFailedAt: first.firstFailedAt }]);
  });

  test('leaves a copy out, and other records and consumers alone', () => {
    const others = [deadLetter(2), deadLetter(1, { partition: 1 }), deadLetter(1, { consumer: 'alert-evaluator' })];
    expect(mergeLetters([first, ...others, { ...first }])).toEqual([first, ...others]);
  });
});

describe('reading a letter', () => {
  test('gives back what was written', () => {
    for (const letter of [deadLetter(1), deadLetter(2, { claim: { key: 'k', valueBytes: 3 }, value: null })]) {
      expect(parseLetter(JSON.parse(JSON.stringify(letter)))).toEqual({ letter });
    }
  });

  test('takes letters that were written before the version and the source were noted', () => {
    const { schemaVersion: _version, source: _source, ...old } = deadLetter(1);
    expect(parseLetter(old)).toEqual({ letter: { ...old, schemaVersion: null, source: 'consumer' } });
  });

  test.each(Object.keys(deadLetter(1)).filter((field) => !['schemaVersion', 'source'].includes(field)))(
    'names %s when it is missing',
    (field) => {
      expect(parseLetter({ ...deadLetter(1), [field]: undefined })).toEqual({ problem: `${field} is missing` });
    },
  );

  test.each([
    ['offset', -1],
    ['offset', 1.5],
    ['partition', 2 ** 31],
    ['attempts', '2'],
    ['headers', [{ name: 'a' }]],
    ['headers', [null]],
    ['firstFailedAt', 'yesterday'],
    ['topic', 'a/b'],
    ['consumer', ''],
    ['source', 'elsewhere'],
    ['claim', { key: 1, valueBytes: 2 }],
    ['claim', null],
  ])('refuses %s when it is %j', (field, value) => {
    expect(parseLetter({ ...deadLetter(1), [field]: value })).toEqual({ problem: `${field} is not valid` });
  });
});
