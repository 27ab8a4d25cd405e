import { AppError } from '../errors/app-error.ts';
import { readJpegHeader } from './jpeg-header.ts';
import { photoLimits } from './photo-limits.ts';
import { readPngHeader } from './png-header.ts';

/** What a picture says of itself before its pixels. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png';
  /** Width as stored, pixels. */
  readonly widthPx: number;
  /** Height as stored, pixels. */
  readonly heightPx: number;
  /** How the stored picture is to be turned, as EXIF says it: 1 (not at all) to 8. */
  readonly orientation: number;
}

/**
 * Reads format, size and orientation of a picture without decoding it. What a file claims to be is not looked at.
 *
 * @throws AppError EVENTBUS_PHOTO_FORMAT_UNSUPPORTED or _IMAGE_CORRUPT
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return readJpegHeader(bytes);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return readPngHeader(bytes);
  throw new AppError('EVENTBUS_PHOTO_FORMAT_UNSUPPORTED', `it begins ${beginningOf(bytes)}`);
}

/**
 * Refuses a picture that would take too much to decode.
 *
 * @throws AppError EVENTBUS_PHOTO_TOO_MANY_PIXELS
 */
export function requireProcessableSize({ widthPx, heightPx }: ImageHeader): void {
  const { pixels, edgePx } = photoLimits;
  if (widthPx <= edgePx && heightPx <= edgePx && widthPx * heightPx <= pixels) return;
  const allowed = `${pixels / 1_000_000} megapixels and ${edgePx} pixels a side`;
  throw new AppError('EVENTBUS_PHOTO_TOO_MANY_PIXELS', `${widthPx} × ${heightPx} pixels, allowed are ${allowed}`);
}

const startsWith = (bytes: Uint8Array, signature: readonly number[]) =>
  signature.every((byte, index) => bytes[index] === byte);

const knownOthers: readonly (readonly [text: string, offset: number, name: string])[] = [
  ['GIF8', 0, 'as a GIF does'],
  ['WEBP', 8, 'as a WebP file does'],
  ['ftyp', 4, 'as a HEIC, AVIF or video file does'],
  ['BM', 0, 'as a BMP does'],
  ['%PDF', 0, 'as a PDF does'],
  ['II*', 0, 'as a TIFF does'],
  ['MM', 0, 'as a TIFF does'],
];

function beginningOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  const known = knownOthers.find(([mark, offset]) => text.startsWith(mark, offset));
  if (known !== undefined) return known[2];
  return bytes.length === 0 ? 'with nothing' : 'with bytes of an unknown format';
}
