/** What is remembered of the gaps between a turbine's readings; plain JSON. */
export interface GapMemory {
  readonly newestMs: number;
  /** The open incident and since when readings came without a new long gap. */
  readonly incident: { readonly id: string; readonly sinceMs: number } | null;
}

/** The rules of missing readings; change them here. */
export const gapRules = {
  id: 'turbine-readings-missing',
  /** So long without a reading asks for somebody to look. */
  raiseFromMs: 2 * 3_600_000,
  /** So long with readings, and the line is believed to be mended. */
  clearAfterMs: 24 * 3_600_000,
} as const;

export interface GapJudgement {
  readonly memory: GapMemory;
  readonly change: 'RAISED' | 'CLEARED' | null;
  /** Time since the reading before, ms. */
  readonly gapMs: number;
}

/** Moves on by one reading; `late` for one that is no newer than the newest. */
export function judgeGap(
  memory: GapMemory | undefined,
  ms: number,
  newIncidentId: () => string,
): GapJudgement | 'late' {
  if (memory === undefined) return { memory: { newestMs: ms, incident: null }, change: null, gapMs: 0 };
  if (ms <= memory.newestMs) return 'late';
  const gapMs = ms - memory.newestMs;
  const { incident } = memory;
  if (gapMs >= gapRules.raiseFromMs) {
    const id = incident?.id ?? newIncidentId();
    return {
      memory: { newestMs: ms, incident: { id, sinceMs: ms } },
      change: incident === null ? 'RAISED' : null,
      gapMs,
    };
  }
  if (incident !== null && ms - incident.sinceMs >= gapRules.clearAfterMs) {
    return { memory: { newestMs: ms, incident: null }, change: 'CLEARED', gapMs };
  }
  return { memory: { newestMs: ms, incident }, change: null, gapMs };
}
