import type { Pixels } from './pixels.ts';

/** Whether an orientation swaps width and height. */
export const isSideways = (orientation: number): boolean => orientation >= 5;

/** Turns and mirrors a stored picture as its EXIF orientation (1 to 8) says, so that it stands as it was taken. */
export function turned(source: Pixels, orientation: number): Pixels {
  if (orientation <= 1 || orientation > 8) return source;
  const sideways = isSideways(orientation);
  const widthPx = sideways ? source.heightPx : source.widthPx;
  const heightPx = sideways ? source.widthPx : source.heightPx;
  const rgba = new Uint8Array(widthPx * heightPx * 4);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const from = sourceIndex(orientation, source, { x, y }) * 4;
      rgba.set(source.rgba.subarray(from, from + 4), (y * widthPx + x) * 4);
    }
  }
  return { widthPx, heightPx, rgba };
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Index of the stored pixel that is shown at a place. */
function sourceIndex(orientation: number, { widthPx, heightPx }: Pixels, { x, y }: Place): number {
  const [column, row] = isSideways(orientation) ? [y, x] : [x, y];
  const fromRight = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const fromBottom = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  return (fromBottom ? heightPx - 1 - row : row) * widthPx + (fromRight ? widthPx - 1 - column : column);
}
