import { AppError } from '../errors/app-error.ts';
import type { ImageHeader } from './image-header.ts';

/** Sizes of the first chunk: 8 bytes signature, 4 length, 4 type, 13 content, 4 checksum. */
const headerBytes = 33;
const headerType = 0x49484452;
/** Bits a sample may have, by colour type. */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG's header with what its pixels take. */
export interface PngHeader extends ImageHeader {
  readonly interlaced: boolean;
  /** Upper bound of the decompressed data, bytes, filter bytes included. */
  readonly inflatedBytes: number;
}

/**
 * Reads the IHDR chunk of a PNG.
 *
 * @throws AppError EVENTBUS_PHOTO_IMAGE_CORRUPT
 */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint32(8) !== 13 || view.getUint32(12) !== headerType) {
    throw corrupt('it ends before its header, or has none');
  }
  const [widthPx, heightPx] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  if (widthPx === 0 || heightPx === 0) throw corrupt(`it says it has ${widthPx} × ${heightPx} pixels`);
  if (depths[colour]?.includes(depth) !== true || interlace > 1) {
    throw corrupt(`colour type ${colour} with ${depth} bits and interlace ${interlace} does not exist`);
  }
  const bitsPerPixel = depth * (channels[colour] ?? 4);
  // Interlacing has seven passes, each with rows and rounding of its own.
  const rows = interlace === 1 ? heightPx * 2 + 7 : heightPx;
  const inflatedBytes = Math.ceil((widthPx * heightPx * bitsPerPixel) / 8) + rows * 2 + 64;
  return { format: 'png', widthPx, heightPx, orientation: 1, interlaced: interlace === 1, inflatedBytes };
}

function corrupt(what: string): AppError {
  return new AppError('EVENTBUS_PHOTO_IMAGE_CORRUPT', what);
}
