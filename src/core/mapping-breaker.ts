import type { Consumer } from '../catalogue/model.ts';
import { outlastsMs } from '../catalogue/outage-budget.ts';

/** What is known of an outage that keeps a mapping from its work; times are ms since 1970-01-01 UTC. */
export interface Outage {
  /** First sign: an invocation ended waiting for a dependency. */
  readonly sinceMs: number;
  /** First sign since the mapping was last switched on, from which its retries count; `null` while there was none. */
  readonly stretchMs: number | null;
  /** Latest sign, or when the mapping was last switched on. */
  readonly lastMs: number;
}

export interface BreakerLimits {
  /** Signs over as long a time switch the mapping off, ms. */
  readonly openAfterMs: number;
  /** Without a sign for as long, the outage is over, ms. */
  readonly overAfterMs: number;
}

/**
 * - `switch-off`: before the retries are used up; a mapping that is switched on again counts them anew.
 * - `switch-on`: the function finds out whether its dependency is back, and holds its records if not.
 * - `forget`: the outage is over.
 */
export type BreakerStep = 'switch-off' | 'switch-on' | 'forget' | 'none';

/** Limits of a consumer's mappings: a quarter of what the retries last leaves room for late signs, lost calls and slow switching. */
export function breakerLimits(consumer: Pick<Consumer, 'retryAttempts' | 'timeoutMs'>): BreakerLimits {
  const openAfterMs = outlastsMs(consumer) / 4;
  return { openAfterMs, overAfterMs: 2 * openAfterMs };
}

/**
 * Takes in a sign of an outage. Signs that come late, or twice, change nothing. A pause between signs does not either: a
 * batch that is throttled keeps its retries used up, and to switch a mapping off for nothing costs minutes, not records.
 */
export function withSign(outage: Outage | null, atMs: number): Outage {
  if (outage === null) return { sinceMs: atMs, stretchMs: atMs, lastMs: atMs };
  if (atMs <= outage.lastMs) return outage;
  return { sinceMs: outage.sinceMs, stretchMs: outage.stretchMs ?? atMs, lastMs: atMs };
}

/** Takes in that the mapping is switched on, which gives its retries back. */
export function withTrial({ sinceMs }: Outage, nowMs: number): Outage {
  return { sinceMs, stretchMs: null, lastMs: nowMs };
}

export interface SeenMapping {
  /** State as Lambda names it. */
  readonly state: string;
  readonly outage: Outage | null;
}

/**
 * What to do with a mapping. Follows from what is seen alone, so that a step which was not taken, or only half, is
 * decided again. A mapping in the middle of a change is left alone, and so is one that somebody else switched off.
 */
export function breakerStep({ state, outage }: SeenMapping, limits: BreakerLimits, nowMs: number): BreakerStep {
  if (outage === null) return 'none';
  if (state === 'Disabled') return 'switch-on';
  if (state !== 'Enabled') return 'none';
  if (nowMs - outage.lastMs >= limits.overAfterMs) return 'forget';
  const { stretchMs, lastMs } = outage;
  return stretchMs !== null && lastMs - stretchMs >= limits.openAfterMs ? 'switch-off' : 'none';
}

/** An outage as the value of a tag. */
export function outageText({ sinceMs, stretchMs, lastMs }: Outage): string {
  const [since, stretch, last] = [sinceMs, stretchMs, lastMs].map((ms) =>
    ms === null ? '-' : new Date(ms).toISOString(),
  );
  return `since ${since} counted from ${stretch} last ${last}`;
}

const outagePattern = /^since (\S+) counted from (\S+) last (\S+)$/;

/** Reads {@link outageText}. A text that somebody else wrote is no outage. */
export function parseOutage(text: string | undefined): Outage | null {
  const [, since = '', stretch = '', last = ''] = outagePattern.exec(text ?? '') ?? [];
  const [sinceMs, lastMs] = [Date.parse(since), Date.parse(last)];
  const stretchMs = stretch === '-' ? null : Date.parse(stretch);
  return [sinceMs, lastMs, stretchMs ?? 0].every(Number.isFinite) ? { sinceMs, stretchMs, lastMs } : null;
}
