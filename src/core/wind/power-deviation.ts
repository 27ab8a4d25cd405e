import { isGoodWind, type TurbineMeans } from './turbine-slot.ts';

/** What is remembered of how much of its possible power a turbine gives; plain JSON. */
export interface DeviationMemory {
  /** Share of the possible power, older readings counting less and less. */
  readonly share: number;
  /** Time in good wind that it was gathered over, s. */
  readonly gatheredSeconds: number;
  readonly incident: string | null;
}

/** The rules of a sustained deviation from the power curve; change them here. */
export const deviationRules = {
  id: 'turbine-power-deviation',
  /** Time in good wind after which a reading counts a third of a new one, s. */
  spanSeconds: 24 * 3600,
  /** Below it the machine gives too little for its wind; from it on, enough again. */
  raiseBelowShare: 0.8,
  clearFromShare: 0.9,
  /** Readings below it are the machine at a stop, which another rule tells of: `turbine-power-low`. */
  stoppedShare: 0.2,
  /** What one reading counts at most: gusts bring more power than the mean wind would. */
  mostShare: 1.2,
} as const;

export interface DeviationJudgement {
  readonly memory: DeviationMemory | undefined;
  readonly change: 'RAISED' | 'CLEARED' | null;
}

/** Moves on by one reading that stands for `seconds`. */
export function judgeDeviation(
  memory: DeviationMemory | undefined,
  reading: TurbineMeans & { readonly seconds: number },
  newIncidentId: () => string,
): DeviationJudgement {
  const share = isGoodWind(reading) ? reading.powerKw / (reading.possibleKw ?? Number.NaN) : Number.NaN;
  if (!(share >= deviationRules.stoppedShare)) return { memory, change: null };
  const one = Math.min(share, deviationRules.mostShare);
  const weight = 1 - Math.exp(-reading.seconds / deviationRules.spanSeconds);
  const next = {
    share: memory === undefined ? one : memory.share + weight * (one - memory.share),
    gatheredSeconds: Math.min(deviationRules.spanSeconds, (memory?.gatheredSeconds ?? 0) + reading.seconds),
  };
  const incident = memory?.incident ?? null;
  if (
    incident === null &&
    next.gatheredSeconds >= deviationRules.spanSeconds &&
    next.share < deviationRules.raiseBelowShare
  ) {
    return { memory: { ...next, incident: newIncidentId() }, change: 'RAISED' };
  }
  if (incident !== null && next.share >= deviationRules.clearFromShare) {
    return { memory: { ...next, incident: null }, change: 'CLEARED' };
  }
  return { memory: { ...next, incident }, change: null };
}
