import { describe, expect, test } from '@jest/globals';
import { TailCache } from '../../../../src/local/kafka/log/tail-cache.ts';

/** A batch of one record whose bytes say which it is. */
const batch = (offset: number, bytes: number) => ({
  baseOffset: offset,
  lastOffset: offset,
  bytes: Buffer.alloc(bytes, offset % 251),
});

const offsets = (cache: TailCache, log: number, from: number) => {
  const found = cache.from(log, from);
  return found === undefined ? undefined : [...found].map(({ baseOffset }) => baseOffset);
};

/** The memory that readers could reach through the cache. */
function reachableBytes(cache: TailCache, logs: number, end: number): number {
  const memory = new Set<ArrayBufferLike>();
  for (let log = 0; log < logs; log += 1) {
    for (let offset = 0; offset <= end; offset += 1) {
      for (const { bytes } of cache.from(log, offset) ?? []) memory.add(bytes.buffer);
    }
  }
  return [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe('the cache of the newest batches', () => {
  test('gives the batches from the one that holds an offset on, and nothing when an earlier one is asked for', () => {
    const cache = new TailCache(1_000_000);
    cache.append(1, { baseOffset: 10, lastOffset: 14, bytes: Buffer.from('first') });
    cache.append(2, { baseOffset: 0, lastOffset: 0, bytes: Buffer.from('of another log') });
    cache.append(1, { baseOffset: 15, lastOffset: 15, bytes: Buffer.from('second') });
    expect(offsets(cache, 1, 9)).toBeUndefined();
    expect(offsets(cache, 1, 10)).toEqual([10, 15]);
    expect(offsets(cache, 1, 14)).toEqual([10, 15]);
    expect(offsets(cache, 1, 15)).toEqual([15]);
    expect(offsets(cache, 3, 0)).toBeUndefined();
    expect([...cache.from(1, 10)!].map(({ bytes }) => bytes.toString())).toEqual(['first', 'second']);
  });

  test('forgets what was committed first, of whatever partition, and keeps the ends of the logs whole', () => {
    const cache = new TailCache(640_000);
    for (let offset = 0; offset < 10; offset += 1) cache.append(1, batch(offset, 1_000));
    for (let offset = 0; offset < 300; offset += 1) cache.append(2, batch(offset, 1_000));
    expect(offsets(cache, 1, 0)).toHaveLength(10);
    expect(offsets(cache, 2, 0)).toHaveLength(300);
    for (let offset = 300; offset < 800; offset += 1) cache.append(2, batch(offset, 1_000));
    expect(offsets(cache, 1, 9)).toBeUndefined();
    expect(offsets(cache, 2, 150)).toBeUndefined();
    expect(offsets(cache, 2, 780)).toEqual(Array.from({ length: 20 }, (_, index) => 780 + index));
  });

  test.each([
    ['tiny', () => 70],
    ['large', () => 20_000],
    ['mixed', (offset: number) => [70, 900, 30_000, 2_000][offset % 4]!],
  ])('holds no more memory than its bound with %s batches', (_, size) => {
    const cache = new TailCache(100_000);
    for (let offset = 0; offset < 600; offset += 1) {
      cache.append(offset % 3, batch(Math.floor(offset / 3), size(offset)));
      expect(cache.bytes).toBeLessThanOrEqual(100_000);
    }
    const reachable = reachableBytes(cache, 3, 200);
    expect(reachable).toBeGreaterThan(50_000);
    expect(reachable).toBeLessThanOrEqual(100_000);
  });

  test('counts what a batch costs beside its bytes, so that tiny ones do not fill the heap', () => {
    const cache = new TailCache(100_000);
    for (let offset = 0; offset < 5_000; offset += 1) cache.append(1, batch(offset, 1));
    expect(offsets(cache, 1, 4_000)).toBeUndefined();
    expect(offsets(cache, 1, 4_999)).toEqual([4_999]);
  });

  test('copies what it takes: neither the request that brought a batch nor a later change of it stays', () => {
    const cache = new TailCache(1_000_000);
    const request = Buffer.alloc(500_000, 7);
    cache.append(1, { baseOffset: 0, lastOffset: 0, bytes: request.subarray(0, 100) });
    request.fill(9);
    const [kept] = cache.from(1, 0)!;
    expect(kept!.bytes).toEqual(Buffer.alloc(100, 7));
    expect(kept!.bytes.buffer).not.toBe(request.buffer);
  });

  test('never changes bytes it has given out, however much comes after them', () => {
    const cache = new TailCache(50_000);
    cache.append(1, batch(0, 1_000));
    const [given] = cache.from(1, 0)!;
    for (let offset = 1; offset < 500; offset += 1) cache.append(1, batch(offset, 1_000));
    expect(offsets(cache, 1, 0)).toBeUndefined();
    expect(given!.bytes).toEqual(Buffer.alloc(1_000, 0));
  });

  test('passes over a batch that is too large, with all of its log before it', () => {
    const cache = new TailCache(10_000);
    cache.append(1, batch(0, 100));
    cache.append(1, batch(1, 6_000));
    expect(offsets(cache, 1, 0)).toBeUndefined();
    cache.append(1, batch(2, 100));
    expect(offsets(cache, 1, 1)).toBeUndefined();
    expect(offsets(cache, 1, 2)).toEqual([2]);
  });

  test('forgets the start of a log, or all of it', () => {
    const cache = new TailCache(1_000_000);
    for (const offset of [0, 3, 6])
      cache.append(1, { baseOffset: offset, lastOffset: offset + 2, bytes: Buffer.alloc(9) });
    cache.dropBelow(1, 4);
    expect(offsets(cache, 1, 2)).toBeUndefined();
    expect(offsets(cache, 1, 4)).toEqual([3, 6]);
    cache.dropBelow(1, 9);
    expect(offsets(cache, 1, 6)).toBeUndefined();
    cache.append(1, batch(9, 10));
    cache.drop(1);
    expect(offsets(cache, 1, 9)).toBeUndefined();
  });

  test('keeps nothing when it is given no memory', () => {
    const cache = new TailCache(0);
    cache.append(1, batch(0, 1));
    expect([offsets(cache, 1, 0), cache.bytes]).toEqual([undefined, 0]);
  });
});
