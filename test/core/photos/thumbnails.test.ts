import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isUsableId, originalKey, thumbnailKey } from '../../../src/core/photos/photo-objects.ts';
import type { Pixels } from '../../../src/core/photos/pixels.ts';
import { shrink } from '../../../src/core/photos/shrink.ts';
import { shownSize, thumbnailSizes } from '../../../src/core/photos/thumbnail-sizes.ts';
import { turned } from '../../../src/core/photos/turn.ts';
import { picture } from '../../make/pictures.ts';

const at = ({ widthPx, rgba }: Pixels, x: number, y: number) => [
  ...rgba.subarray((y * widthPx + x) * 4).subarray(0, 3),
];
/** Reds of a picture, row by row. */
const reds = (pixels: Pixels) =>
  Array.from({ length: pixels.heightPx }, (_, y) =>
    Array.from({ length: pixels.widthPx }, (_, x) => at(pixels, x, y)[0]),
  );

/** Mean red of a picture. */
const mean = (pixels: Pixels) =>
  reds(pixels)
    .flat()
    .reduce<number>((sum, red) => sum + (red ?? 0), 0) /
  (pixels.widthPx * pixels.heightPx);

describe('shrinking', () => {
  test('averages what a pixel covers', () => {
    const board = picture(4, 4, (x, y) => ((x + y) % 2 === 0 ? [255, 0, 0] : [0, 0, 255]));
    expect(at(shrink(board, 2, 2), 1, 1)).toEqual([128, 0, 128]);
  });

  test('counts a pixel that two share by its parts', () => {
    const three = picture(
      3,
      1,
      (x) =>
        [
          [0, 0, 0],
          [90, 0, 0],
          [240, 0, 0],
        ][x] as [number, number, number],
    );
    expect(reds(shrink(three, 2, 1))).toEqual([[30, 190]]);
  });

  test('puts see-through pixels on white', () => {
    const veil = picture(2, 2, () => [0, 0, 0, 0]);
    expect(at(shrink(veil, 1, 1), 0, 0)).toEqual([255, 255, 255]);
    const half = picture(2, 1, (x) => [100, 100, 100, x === 0 ? 255 : 0]);
    expect(at(shrink(half, 1, 1), 0, 0)).toEqual([178, 178, 178]);
  });

  test('keeps one colour and the mean brightness, at any size', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
    const shares = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(sizes, shares, fc.nat(255), ([width, height], [across, down], seed) => {
        const to = [Math.max(1, Math.round(width * across)), Math.max(1, Math.round(height * down))] as const;
        const plain = shrink(
          picture(width, height, () => [seed, 7, 250]),
          ...to,
        );
        expect(new Set(plain.rgba)).toEqual(new Set([seed, 7, 250, 255]));
        const noise = picture(width, height, (x, y) => [(x * 31 + y * 17 + seed) % 256, 0, 0]);
        expect(Math.abs(mean(shrink(noise, ...to)) - mean(noise))).toBeLessThan(0.51);
      }),
      { numRuns: 60 },
    );
  });
});

describe('turning', () => {
  // As EXIF defines them: what a reader sees of a stored picture with the rows 1 2 3 and 4 5 6.
  const seen: Readonly<Record<number, number[][]>> = {
    1: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    2: [
      [3, 2, 1],
      [6, 5, 4],
    ],
    3: [
      [6, 5, 4],
      [3, 2, 1],
    ],
    4: [
      [4, 5, 6],
      [1, 2, 3],
    ],
    5: [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
    6: [
      [4, 1],
      [5, 2],
      [6, 3],
    ],
    7: [
      [6, 3],
      [5, 2],
      [4, 1],
    ],
    8: [
      [3, 6],
      [2, 5],
      [1, 4],
    ],
  };
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('shows orientation %i as it was taken', (orientation) => {
    const stored = picture(3, 2, (x, y) => [y * 3 + x + 1, 0, 0]);
    expect(reds(turned(stored, orientation))).toEqual(seen[orientation]);
    expect(shownSize({ format: 'jpeg', widthPx: 3, heightPx: 2, orientation }).widthPx).toBe(orientation >= 5 ? 2 : 3);
  });
});

describe('the sizes of thumbnails', () => {
  test('keep the proportions, largest first, and never enlarge', () => {
    expect(thumbnailSizes({ widthPx: 4_000, heightPx: 3_000 })).toEqual([
      { widthPx: 1_280, heightPx: 960, name: '1280.jpg' },
      { widthPx: 480, heightPx: 360, name: '480.jpg' },
      { widthPx: 160, heightPx: 120, name: '160.jpg' },
    ]);
    expect(thumbnailSizes({ widthPx: 100, heightPx: 300 }).map(({ name }) => name)).toEqual(['160.jpg']);
    expect(thumbnailSizes({ widthPx: 5, heightPx: 90 })).toEqual([{ widthPx: 5, heightPx: 90, name: '90.jpg' }]);
    expect(thumbnailSizes({ widthPx: 20_000, heightPx: 3 })[2]).toEqual({ widthPx: 160, heightPx: 1, name: '160.jpg' });
  });
});

describe('the places of photos', () => {
  test('lie below their owner, whatever the ids are', () => {
    expect(originalKey('alice', 'p1')).toBe('photos/alice/p1/original');
    expect(thumbnailKey('../bob', 'a/b', '160.jpg')).toBe('photos/..%2Fbob/a%2Fb/thumbnails/160.jpg');
  });

  test.each([null, '', 'x'.repeat(129), 'a\nb', 'a\0', '\ud800', '鍵'.repeat(40)])('refuse the id %j', (id) => {
    expect(isUsableId(id)).toBe(false);
  });
});
