/**
 * Energy between two states of charge of a battery, kWh; negative when it was charged on the way; null when its
 * capacity or a charge is not known.
 */
export function energyKwh(
  capacityKwh: number | null,
  startPercent: number | null,
  endPercent: number | null,
): number | null {
  if (capacityKwh === null || startPercent === null || endPercent === null) return null;
  return ((startPercent - endPercent) / 100) * capacityKwh;
}
