import type { ImageHeader } from './image-header.ts';
import { isSideways } from './turn.ts';

/** Longest sides of the thumbnails, pixels, largest first: each is made of the one before it. */
export const thumbnailEdges = [1_280, 480, 160] as const;

/** A thumbnail to make. */
export interface ThumbnailSize {
  /** Size before turning, pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Name of its file, after its longest side. */
  readonly name: string;
}

/** Thumbnails of a picture, largest first; none is larger than the picture, and there is at least one. */
export function thumbnailSizes({
  widthPx,
  heightPx,
}: Pick<ImageHeader, 'widthPx' | 'heightPx'>): readonly ThumbnailSize[] {
  const longest = Math.max(widthPx, heightPx);
  const edges = thumbnailEdges.filter((edge) => edge < longest);
  const chosen = edges.length === 0 ? [longest] : edges;
  return chosen.map((edge) => ({
    widthPx: Math.max(1, Math.round((widthPx * edge) / longest)),
    heightPx: Math.max(1, Math.round((heightPx * edge) / longest)),
    name: `${edge}.jpg`,
  }));
}

/** Size of a picture as it is shown: turned. */
export function shownSize({ widthPx, heightPx, orientation }: ImageHeader): { widthPx: number; heightPx: number } {
  return isSideways(orientation) ? { widthPx: heightPx, heightPx: widthPx } : { widthPx, heightPx };
}
