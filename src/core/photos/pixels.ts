/** A decoded picture: red, green, blue and opacity of each pixel, 0 to 255, row by row from the top left. */
export interface Pixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** `widthPx * heightPx * 4` bytes. */
  readonly rgba: Uint8Array;
}
