import { AppError } from '../errors/app-error.ts';
import { exifOrientation } from './exif-orientation.ts';
import type { ImageHeader } from './image-header.ts';

const endOfImage = 0xd9;
const startOfScan = 0xda;
const exifSegment = 0xe1;
/** Frames of baseline, extended and progressive coding; the others (lossless, arithmetic) are not decoded. */
const decodedFrames = [0xc0, 0xc1, 0xc2];

/**
 * Walks the segments of a JPEG to its frame header.
 *
 * @throws AppError EVENTBUS_PHOTO_IMAGE_CORRUPT, or _FORMAT_UNSUPPORTED for a rare kind of coding
 */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw corrupt(`byte ${at} begins no segment`);
    const marker = view.getUint8(at + 1);
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (standsAlone(marker)) {
      at += 2;
      continue;
    }
    if (marker === startOfScan || marker === endOfImage) break;
    const length = view.getUint16(at + 2);
    const content = bytes.subarray(at + 4, at + 2 + length);
    if (length < 2 || at + 2 + length > bytes.length) throw corrupt('it ends inside its header');
    if (marker === exifSegment) orientation = exifOrientation(content) ?? orientation;
    if (isFrame(marker)) {
      if (!endsAfter(bytes, at)) throw corrupt('it ends before its last pixel');
      return { ...frameOf(marker, content), orientation };
    }
    at += 2 + length;
  }
  throw corrupt('it has no frame header');
}

const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** 0xc4, 0xc8 and 0xcc are tables and reserved. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Whether the mark of the end stands anywhere behind; cameras put more behind it, and pixels never contain it. */
function endsAfter(bytes: Uint8Array, start: number): boolean {
  for (let at = bytes.lastIndexOf(endOfImage); at > start; at = bytes.lastIndexOf(endOfImage, at - 1)) {
    if (bytes[at - 1] === 0xff) return true;
  }
  return false;
}

function frameOf(marker: number, content: Uint8Array): Omit<ImageHeader, 'orientation'> {
  if (content.length < 6) throw corrupt('its frame header is too short');
  if (!decodedFrames.includes(marker)) {
    const what = `it is a JPEG with the rare coding 0x${marker.toString(16)}`;
    throw new AppError('EVENTBUS_PHOTO_FORMAT_UNSUPPORTED', what);
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [heightPx, widthPx] = [view.getUint16(1), view.getUint16(3)];
  if (widthPx === 0 || heightPx === 0) throw corrupt(`it says it has ${widthPx} × ${heightPx} pixels`);
  return { format: 'jpeg', widthPx, heightPx };
}

function corrupt(what: string): AppError {
  return new AppError('EVENTBUS_PHOTO_IMAGE_CORRUPT', what);
}
