import { inflateSync } from 'node:zlib';
import { decode } from 'jpeg-js';
import { PNG } from 'pngjs';
import { AppError } from '../../core/errors/app-error.ts';
import type { ImageHeader } from '../../core/photos/image-header.ts';
import { photoLimits } from '../../core/photos/photo-limits.ts';
import type { Pixels } from '../../core/photos/pixels.ts';
import { readPngHeader } from '../../core/photos/png-header.ts';

/**
 * Decodes a picture whose header was read and found processable. Takes about a second for five megapixels, in which
 * nothing else runs.
 *
 * @throws AppError EVENTBUS_PHOTO_IMAGE_CORRUPT
 */
export function decodeImage(bytes: Uint8Array, { format, widthPx, heightPx }: ImageHeader): Pixels {
  const { width, height, data } = format === 'jpeg' ? decodeJpeg(bytes) : decodePng(bytes);
  if (width !== widthPx || height !== heightPx) {
    throw corrupt(`it says it has ${widthPx} × ${heightPx} pixels and has ${width} × ${height}`);
  }
  return { widthPx, heightPx, rgba: data };
}

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

function decodeJpeg(bytes: Uint8Array): Decoded {
  const limits = { maxResolutionInMP: photoLimits.pixels / 1_000_000, maxMemoryUsageInMB: 1_024 };
  return guarded(() => decode(bytes, { useTArray: true, tolerantDecoding: false, ...limits }));
}

function decodePng(bytes: Uint8Array): Decoded {
  const { interlaced, inflatedBytes } = readPngHeader(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return guarded(() => {
    // The decoder limits what it decompresses, except for interlaced pictures.
    if (interlaced) inflateSync(compressedData(buffer), { maxOutputLength: inflatedBytes });
    return PNG.sync.read(buffer);
  });
}

function compressedData(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at + 8 <= png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

/** The decoders throw plain errors for anything that is wrong with a picture. */
function guarded<T>(decoding: () => T): T {
  try {
    return decoding();
  } catch (cause) {
    throw corrupt(cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), cause);
  }
}

function corrupt(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_PHOTO_IMAGE_CORRUPT', what, { cause });
}
