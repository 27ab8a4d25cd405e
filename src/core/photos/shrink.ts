import type { Pixels } from './pixels.ts';

/** Share that each source cell has in a target cell. */
interface Span {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * A smaller picture, each of its pixels the average of the area that it covers, on white where the source is see-through.
 * `widthPx` and `heightPx` must be at least 1 and at most those of the source.
 */
export function shrink(source: Pixels, widthPx: number, heightPx: number): Pixels {
  const columns = spans(source.widthPx, widthPx);
  const rgba = new Uint8Array(widthPx * heightPx * 4);
  const row = new Float64Array(widthPx * 3);
  for (const [y, { first, weights }] of spans(source.heightPx, heightPx).entries()) {
    row.fill(0);
    for (const [index, weight] of weights.entries()) addRow(row, source, { y: first + index, weight, columns });
    for (let x = 0; x < widthPx; x += 1) {
      const at = (y * widthPx + x) * 4;
      for (let channel = 0; channel < 3; channel += 1) rgba[at + channel] = Math.round(row[x * 3 + channel] ?? 0);
      rgba[at + 3] = 255;
    }
  }
  return { widthPx, heightPx, rgba };
}

interface RowShare {
  readonly y: number;
  readonly weight: number;
  readonly columns: readonly Span[];
}

function addRow(sums: Float64Array, { widthPx, rgba }: Pixels, { y, weight, columns }: RowShare): void {
  const start = y * widthPx * 4;
  for (let x = 0; x < columns.length; x += 1) {
    const { first, weights } = columns[x] as Span;
    let [red, green, blue] = [0, 0, 0];
    for (let index = 0; index < weights.length; index += 1) {
      const at = start + (first + index) * 4;
      const share = weights[index] as number;
      const opacity = ((rgba[at + 3] as number) / 255) * share;
      const white = 255 * (share - opacity);
      red += (rgba[at] as number) * opacity + white;
      green += (rgba[at + 1] as number) * opacity + white;
      blue += (rgba[at + 2] as number) * opacity + white;
    }
    sums[x * 3] = (sums[x * 3] as number) + red * weight;
    sums[x * 3 + 1] = (sums[x * 3 + 1] as number) + green * weight;
    sums[x * 3 + 2] = (sums[x * 3 + 2] as number) + blue * weight;
  }
}

/** For each of `to` cells the source cells below it, with weights that add up to 1. */
function spans(from: number, to: number): readonly Span[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, cell) => {
    const [start, end] = [cell * scale, Math.min(from, (cell + 1) * scale)];
    const first = Math.floor(start);
    const last = Math.max(first + 1, Math.ceil(end - 1e-9));
    const weights = Array.from({ length: last - first }, (_, index) => {
      const at = first + index;
      return (Math.min(end, at + 1) - Math.max(start, at)) / (end - start);
    });
    return { first, weights };
  });
}
