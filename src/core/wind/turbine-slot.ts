/** Means of one turbine over ten minutes, or over the interval of one reading. */
export interface TurbineMeans {
  readonly powerKw: number;
  readonly windMs: number;
  /** Power that the maker's curve gives at this wind, kW; null when nobody told it. */
  readonly possibleKw: number | null;
}

/**
 * What a turbine did: `down` in wind that it should have used; `idle` because the wind was too weak or too strong, which
 * says nothing against the machine; else `producing`.
 */
export type TurbineState = 'producing' | 'idle' | 'down';

/** The rules of availability; the view `turbine_slot` in the database has the same. Change both. */
export const availabilityRules = {
  /** Slower wind says nothing about the machine, m/s. */
  goodWindMs: 5,
  /** Less than this share of the possible power is standing still: machines draw and give a little at rest. */
  standingShare: 0.01,
  /** Length of a slot; a day has 144. */
  slotMinutes: 10,
} as const;

/** Whether the wind lets the machine show what it can do. */
export function isGoodWind({ windMs, possibleKw }: TurbineMeans): boolean {
  // Above the cut-out speed the curve is 0 and the machine rightly stands.
  return possibleKw !== null && possibleKw > 0 && windMs >= availabilityRules.goodWindMs;
}

/** Judges one slot. */
export function turbineState(means: TurbineMeans): TurbineState {
  if (!isGoodWind(means)) return 'idle';
  return means.powerKw <= (means.possibleKw ?? 0) * availabilityRules.standingShare ? 'down' : 'producing';
}
