import type { QualityFlag } from '../../catalogue/events.generated.ts';
import { nearestWithTimeOfDay, type ReportedTime, readReportedTime } from './reported-time.ts';
import { hasSeen, nothingSeen, type ReadingIdentity, remember, type Seen } from './seen.ts';
import { type Rejection, rejected } from './verdict.ts';

/** What a device's clock and counter did so far. */
export interface Timeline {
  /** Newest time of any reading, ms; null before the first. */
  readonly newestMs: number | null;
  /** Time and counter of the reading that arrived last. */
  readonly lastMs: number | null;
  readonly lastSequence: number | null;
  /** Usual time from one reading to the next, ms; null until two readings told. */
  readonly cadenceMs: number | null;
  /** A step that did not fit the cadence; the same step again makes it the new cadence. */
  readonly oddStepMs: number | null;
  readonly seen: Seen;
}

export const emptyTimeline: Timeline = {
  newestMs: null,
  lastMs: null,
  lastSequence: null,
  cadenceMs: null,
  oddStepMs: null,
  seen: nothingSeen,
};

/** What a reading says about its place in time. */
export interface TimeClaim {
  readonly time: string;
  readonly sequence: number | null;
  /** Tells readings of one instant apart where the device keeps no counter. */
  readonly name: string;
  /** Averaging interval that the device states, ms: the cadence, known without learning. */
  readonly intervalMs: number | null;
  /** False for events, which come when they come: no gaps are looked for. */
  readonly regular: boolean;
  /** Next readable time in the same record, ms: anchor for a repair when nothing came before. */
  readonly nextMs: number | null;
  readonly timeZone: string | null;
  readonly receivedAt: number;
}

export type Placement =
  | {
      readonly fate: 'placed';
      readonly ms: number;
      readonly flags: readonly QualityFlag[];
      readonly timeline: Timeline;
      /** Whether this is the device's newest reading so far. */
      readonly newest: boolean;
    }
  | { readonly fate: 'duplicate' }
  | Rejection;

/** Clocks may run ahead of the log by this much; later times are the clock's fault. */
export const clockAheadMs = 3_600_000;
/** Nothing was measured before 2000-01-01: such times come from receivers that count weeks wrong. */
export const earliestMs = 946_684_800_000;
/** A reading older than the device's newest by more than this is late: windows may have been published. */
export const lateAfterMs = 600_000;
/** A repaired time must lie this near to the neighbour that it was repaired from. */
export const repairReachMs = 3_600_000;
/** A step longer than this many cadences is a gap. */
const gapFactor = 1.5;
const learnedGapFactor = 2.5;

/** Judges and repairs the time of a reading, finds copies, gaps and disorder, and moves the timeline on. */
export function placeInTime(timeline: Timeline, claim: TimeClaim): Placement {
  const judged = judgedInstant(timeline, claim);
  return 'fate' in judged ? judged : placeAt(timeline, claim, judged);
}

/** The instant that a reading claims, when it can be one; null when it needs repair or cannot be read. */
export function plausibleMs(reported: ReportedTime, receivedAt: number): number | null {
  if (reported.kind !== 'instant') return null;
  return reported.ms >= earliestMs && reported.ms <= receivedAt + clockAheadMs ? reported.ms : null;
}

interface Instant {
  readonly ms: number;
  readonly repaired: boolean;
}

function judgedInstant(timeline: Timeline, claim: TimeClaim): Instant | Rejection {
  const reported = readReportedTime(claim.time, claim.timeZone);
  const ms = plausibleMs(reported, claim.receivedAt);
  if (ms !== null) return { ms, repaired: false };
  if (reported.kind === 'unreadable') {
    return rejected('time-unreadable', `time ${quoted(claim.time)} is not RFC 3339 such as 2026-05-01T08:00:00+02:00`);
  }
  if (reported.kind === 'zone-unknown') {
    return rejected('time-zone-unknown', `time ${quoted(claim.time)} has no offset and the device table no time zone`);
  }
  const repairedMs = repaired(timeline, claim, reported);
  if (repairedMs !== null) return { ms: repairedMs, repaired: true };
  return rejected(
    'time-impossible',
    `time ${quoted(claim.time)} cannot be, and no neighbour is near enough to repair it`,
  );
}

/** The date comes from the neighbour, the time of day from the reading; without one, the cadence carries on. */
function repaired(timeline: Timeline, claim: TimeClaim, reported: ReportedTime): number | null {
  const timeOfDay = withTimeOfDay(reported);
  for (const anchorMs of [timeline.lastMs, claim.nextMs]) {
    if (anchorMs === null || timeOfDay === null) continue;
    const ms = nearestWithTimeOfDay(timeOfDay, anchorMs, claim.timeZone);
    if (ms !== null && Math.abs(ms - anchorMs) <= repairReachMs && ms <= claim.receivedAt + clockAheadMs) return ms;
  }
  const cadenceMs = claim.intervalMs ?? timeline.cadenceMs;
  if (timeline.lastMs === null || cadenceMs === null) return null;
  const steps = claim.sequence !== null && timeline.lastSequence !== null ? claim.sequence - timeline.lastSequence : 1;
  const ms = timeline.lastMs + steps * cadenceMs;
  return Math.abs(ms - timeline.lastMs) <= repairReachMs ? ms : null;
}

function withTimeOfDay(reported: ReportedTime): Extract<ReportedTime, { kind: 'time-of-day' }> | null {
  if (reported.kind === 'time-of-day') return reported;
  if (reported.kind !== 'instant') return null;
  return { kind: 'time-of-day', timeOfDayMs: ((reported.ms % 86_400_000) + 86_400_000) % 86_400_000, offsetMs: 0 };
}

function placeAt(timeline: Timeline, claim: TimeClaim, { ms, repaired }: Instant): Placement {
  const identity: ReadingIdentity = { ms, sequence: claim.sequence, name: claim.name };
  if (hasSeen(timeline.seen, identity)) return { fate: 'duplicate' };
  const flags: QualityFlag[] = repaired ? ['TIME_REPAIRED'] : [];
  const { newestMs } = timeline;
  const newest = newestMs === null || ms >= newestMs;
  const pace = newest ? paced(timeline, claim, ms) : { cadenceMs: timeline.cadenceMs, oddStepMs: null, gap: false };
  if (pace.gap) flags.push('GAP_BEFORE');
  if (newestMs !== null && ms < newestMs - lateAfterMs) flags.push('LATE');
  if (!newest) flags.push('OUT_OF_ORDER');
  return {
    fate: 'placed',
    ms,
    flags,
    newest,
    timeline: {
      newestMs: newest ? ms : newestMs,
      lastMs: ms,
      lastSequence: claim.sequence,
      cadenceMs: pace.cadenceMs,
      oddStepMs: pace.oddStepMs,
      seen: remember(timeline.seen, identity),
    },
  };
}

interface Pace {
  readonly cadenceMs: number | null;
  readonly oddStepMs: number | null;
  readonly gap: boolean;
}

/** Learns the cadence from the steps and finds the step that is too long for it. */
function paced(timeline: Timeline, claim: TimeClaim, ms: number): Pace {
  const { newestMs, cadenceMs: learnedMs, oddStepMs } = timeline;
  if (newestMs === null || !claim.regular) return { cadenceMs: learnedMs, oddStepMs, gap: false };
  const stepMs = ms - newestMs;
  if (claim.intervalMs !== null) {
    return { cadenceMs: claim.intervalMs, oddStepMs: null, gap: stepMs > gapFactor * claim.intervalMs };
  }
  const missing =
    claim.sequence !== null && timeline.lastSequence !== null && claim.sequence > timeline.lastSequence + 1;
  if (stepMs <= 0) return { cadenceMs: learnedMs, oddStepMs, gap: missing };
  if (learnedMs === null) return { cadenceMs: stepMs, oddStepMs: null, gap: missing };
  if (stepMs <= learnedGapFactor * learnedMs) {
    // An eighth of each new step: one hasty reading does not make every later one a gap.
    const cadenceMs = Math.max(1, Math.round(learnedMs + (stepMs - learnedMs) / 8));
    return { cadenceMs, oddStepMs: null, gap: missing };
  }
  const again = oddStepMs !== null && stepMs < 1.5 * oddStepMs && oddStepMs < 1.5 * stepMs;
  return again
    ? { cadenceMs: stepMs, oddStepMs: null, gap: missing }
    : { cadenceMs: learnedMs, oddStepMs: stepMs, gap: true };
}

/** At most 60 characters of a device's text, so that details stay short. */
function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
