/**
 * ms since 1970-01-01 UTC by the system's clock at the start of the thread, and steady from there on. Waits and ages go by
 * it: a clock that is set forward makes nothing expire, and one that is set back makes nothing wait for hours.
 */
export function steadyNow(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** ms by a clock that all threads of the machine have in common, and that nobody sets. */
export function sharedSteadyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
