/** Lengths of the windows, ms; each divides the next, so longer windows are sums of shorter ones. */
export const windowLengthsMs = { tenMinutes: 600_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Start of the window that holds a time, UTC; ms since 1970-01-01 UTC like the time itself. */
export function windowStartMs(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}
