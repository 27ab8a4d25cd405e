/** Number of readings that the cleaner finds in a raw value: those of a batch, otherwise the value itself. */
export function readingCount(value: object): number {
  const { readings } = value as { readonly readings?: unknown };
  return Array.isArray(readings) ? readings.length : 1;
}
