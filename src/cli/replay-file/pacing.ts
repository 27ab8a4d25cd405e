/** How fast a recorded file is played: a factor of the recorded time, or as fast as the bus acknowledges. */
export type Speed = number | 'max';

/** Waits until recorded moments are due. */
export interface Pacer {
  /** `beforeSleep` runs when it is not yet time, before anybody sleeps. */
  until(atMs: number | null, signal: AbortSignal, beforeSleep: () => Promise<void>): Promise<void>;
}

export interface PacerOptions {
  readonly speed: Speed;
  /** A clock that never jumps, ms. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Recorders pause for days; nobody wants to wait for that, ms. */
const longestWaitMs = 5000;

/** Plays recorded steps `speed` times as fast; steps backwards take no time, long gaps at most 5 s. */
export function makePacer({ speed, now, sleep }: PacerOptions): Pacer {
  if (speed === 'max') return { until: () => Promise.resolve() };
  let lastAtMs: number | null = null;
  let dueMs = now();
  return {
    async until(atMs, signal, beforeSleep) {
      if (atMs === null) return;
      const stepMs = lastAtMs === null ? 0 : Math.max(0, (atMs - lastAtMs) / speed);
      lastAtMs = atMs;
      dueMs += Math.min(stepMs, longestWaitMs);
      const waitMs = dueMs - now();
      // Timers are coarse: short waits are gathered until they are worth one.
      if (waitMs < 5) return;
      await beforeSleep();
      await sleep(Math.max(0, dueMs - now()), signal);
    },
  };
}
