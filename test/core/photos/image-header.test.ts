import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { readImageHeader, requireProcessableSize } from '../../../src/core/photos/image-header.ts';
import { jpegFile, picture, pngClaiming, pngFile } from '../../make/pictures.ts';

const grey = picture(30, 20, () => [128, 128, 128]);
const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

const claim = (width: number, height: number) => () =>
  requireProcessableSize(readImageHeader(pngClaiming(width, height)));

describe('the header of a picture', () => {
  test('tells format and size of a JPEG and of a PNG', () => {
    expect(readImageHeader(jpegFile(grey))).toEqual({ format: 'jpeg', widthPx: 30, heightPx: 20, orientation: 1 });
    expect(readImageHeader(pngFile(grey))).toMatchObject({ format: 'png', widthPx: 30, heightPx: 20, orientation: 1 });
  });

  test.each([1, 3, 6, 8])('tells the orientation %i that the camera wrote', (orientation) => {
    expect(readImageHeader(jpegFile(grey, orientation)).orientation).toBe(orientation);
  });

  test('takes an orientation that does not exist for none', () => {
    expect(readImageHeader(jpegFile(grey, 9)).orientation).toBe(1);
  });

  test.each([
    ['GIF89a and more', 'as a GIF does'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'as a WebP file does'],
    ['\0\0\0\x18ftypheic', 'as a HEIC, AVIF or video file does'],
    ['%PDF-1.7', 'as a PDF does'],
    ['hello', 'with bytes of an unknown format'],
    ['', 'with nothing'],
  ])('names what the file %j is instead', (text, what) => {
    expect(() => readImageHeader(Buffer.from(text, 'latin1'))).toThrow(what);
    expect(codeOf(() => readImageHeader(Buffer.from(text, 'latin1')))).toBe('EVENTBUS_PHOTO_FORMAT_UNSUPPORTED');
  });

  test('finds that a JPEG ends before its last pixel, also one that ends in its header', () => {
    const whole = jpegFile(grey);
    for (const length of [3, 20, 160, whole.length - 2]) {
      expect(codeOf(() => readImageHeader(whole.subarray(0, length)))).toBe('EVENTBUS_PHOTO_IMAGE_CORRUPT');
    }
  });

  test('takes a JPEG with more behind its end, as phones write it', () => {
    const file = Buffer.concat([jpegFile(grey), Buffer.alloc(500, 1)]);
    expect(readImageHeader(file)).toMatchObject({ widthPx: 30, heightPx: 20 });
  });

  test('refuses more pixels than are processed, whatever the shape', () => {
    expect(codeOf(claim(6_000, 5_000))).toBe('none');
    expect(codeOf(claim(6_001, 5_000))).toBe('EVENTBUS_PHOTO_TOO_MANY_PIXELS');
    expect(codeOf(claim(20_001, 1))).toBe('EVENTBUS_PHOTO_TOO_MANY_PIXELS');
    expect(codeOf(claim(0xffff_ffff, 0xffff_ffff))).toBe('EVENTBUS_PHOTO_TOO_MANY_PIXELS');
  });

  test('answers damaged files with a header or a coded error, never otherwise', () => {
    const files = [jpegFile(grey, 6), pngFile(grey)];
    const damage = fc.record({
      file: fc.constantFrom(...files),
      length: fc.double({ min: 0, max: 1, noNaN: true }),
      changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(damage, ({ file, length, changes }) => {
        const bytes = Buffer.from(file.subarray(0, Math.round(file.length * length)));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(codeOf(() => readImageHeader(bytes))).toMatch(/^(none|EVENTBUS_PHOTO_\w+)$/);
      }),
      { numRuns: 300 },
    );
  });
});
