import { describe, expect, test } from '@jest/globals';
import { mergePatch } from '../../../src/core/redrive/merge-patch.ts';
import { valueDiff } from '../../../src/core/redrive/value-diff.ts';

describe('the difference of two values', () => {
  test('names the fields that changed, appeared and went, at any depth', () => {
    const before = { id: 'v', speed: 3, tags: ['a', 'b'], inner: { x: 1, y: null }, gone: true };
    const after = { id: 'v', speed: 4, tags: ['a', 'c', 'd'], inner: { x: 1, y: 2 }, fresh: 0 };
    expect(valueDiff(before, after)).toEqual([
      { path: 'speed', kind: 'changed', before: 3, after: 4 },
      { path: 'tags[1]', kind: 'changed', before: 'b', after: 'c' },
      { path: 'tags[2]', kind: 'added', after: 'd' },
      { path: 'inner.y', kind: 'changed', before: null, after: 2 },
      { path: 'fresh', kind: 'added', after: 0 },
      { path: 'gone', kind: 'removed', before: true },
    ]);
  });

  test('is empty for equal values, bytes and NaN included', () => {
    const value = { bytes: Buffer.from('ab'), share: Number.NaN, list: [{}] };
    expect(valueDiff(value, { ...value, bytes: Buffer.from('ab'), list: [{}] })).toEqual([]);
    expect(valueDiff({ bytes: Buffer.from('ab') }, { bytes: Buffer.from('ac') })).toHaveLength(1);
  });

  test('is the whole when there was nothing to compare with, or of another kind', () => {
    expect(valueDiff(undefined, { a: 1 })).toEqual([{ path: '', kind: 'added', after: { a: 1 } }]);
    expect(valueDiff({ a: [1] }, { a: { b: 1 } })).toEqual([
      { path: 'a', kind: 'changed', before: [1], after: { b: 1 } },
    ]);
  });

  test('takes no inherited property for a field', () => {
    expect(valueDiff({}, { constructor: 1 })).toEqual([{ path: 'constructor', kind: 'added', after: 1 }]);
  });
});

// The examples of RFC 7396, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('a merge patch of %j with %j gives %j', (target, patch, merged) => {
  expect(mergePatch(target, patch)).toEqual(merged);
});
