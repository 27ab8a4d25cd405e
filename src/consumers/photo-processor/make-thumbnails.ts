import { encode } from 'jpeg-js';
import type { ImageHeader } from '../../core/photos/image-header.ts';
import type { Pixels } from '../../core/photos/pixels.ts';
import { shrink } from '../../core/photos/shrink.ts';
import { thumbnailSizes } from '../../core/photos/thumbnail-sizes.ts';
import { turned } from '../../core/photos/turn.ts';

const quality = 82;

/** A thumbnail as a file. */
export interface ThumbnailFile {
  readonly name: string;
  /** As shown: turned. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Uint8Array;
}

/** The largest thumbnail's pixels, as stored: everything behind it is made of it, so that the large picture can go. */
export function shrunk(pixels: Pixels, header: ImageHeader): Pixels {
  const [largest] = thumbnailSizes(header);
  return largest === undefined ? pixels : shrink(pixels, largest.widthPx, largest.heightPx);
}

/** Thumbnails as JPEG files, largest first; what the camera wrote about place and time is not in them. */
export function makeThumbnails(largest: Pixels, header: ImageHeader): readonly ThumbnailFile[] {
  const files: ThumbnailFile[] = [];
  let source = largest;
  for (const { widthPx, heightPx, name } of thumbnailSizes(header)) {
    source = shrink(source, widthPx, heightPx);
    const shown = turned(source, header.orientation);
    const { data } = encode({ width: shown.widthPx, height: shown.heightPx, data: shown.rgba }, quality);
    files.push({ name, widthPx: shown.widthPx, heightPx: shown.heightPx, jpeg: data });
  }
  return files;
}
