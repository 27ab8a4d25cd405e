/** What is processed at most; beyond it a photo fails with a reason. */
export const photoLimits = {
  fileBytes: 20 * 1024 * 1024,
  /** Pixels of the whole picture: 30 megapixels take about 1.2 GB while they are decoded. */
  pixels: 30_000_000,
  /** Pixels of one side. */
  edgePx: 20_000,
  /** Attempts to decode a picture that ended with the function. */
  decodings: 3,
} as const;
