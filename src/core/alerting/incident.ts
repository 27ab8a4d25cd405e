/** What one reading says about one rule. */
export interface Signal {
  /** `bad` and `good` are sure; `between` lies in the rule's dead band; `unknown` says nothing either way. */
  readonly is: 'bad' | 'good' | 'between' | 'unknown';
  readonly value: number | null;
  readonly threshold: number | null;
  readonly unit: string | null;
  /** What was found, as a clause about the device: `battery is at 12 %, below 20 %`. */
  readonly finding: string;
}

/** How long a signal must hold before the incident begins or ends; both the readings and the time must be reached. */
export interface Hold {
  readonly raiseReadings: number;
  readonly raiseMs: number;
  readonly clearReadings: number;
  readonly clearMs: number;
}

/** What is remembered of a rule and a device; absent while nothing is wrong. */
export interface RuleMemory {
  readonly incident: { readonly id: string; readonly sinceMs: number } | null;
  /** Readings one after another that speak for a change: bad ones before an incident, good ones in it. */
  readonly streak: { readonly readings: number; readonly sinceMs: number } | null;
}

export interface Judgement {
  readonly memory: RuleMemory | undefined;
  readonly change: { readonly state: 'RAISED' | 'CLEARED'; readonly incidentId: string } | null;
}

/** A reading's place in a rule's story. */
export interface Moment {
  readonly signal: Signal['is'];
  readonly ms: number;
  /** Readings are missing right before this one: what was counted so far is no longer one after another. */
  readonly afterGap: boolean;
  /** Id for an incident that begins here. */
  readonly newIncidentId: () => string;
}

/** Moves a rule on by one signal. An incident has one beginning and one end, whatever happens in between. */
export function judge(memory: RuleMemory | undefined, hold: Hold, moment: Moment): Judgement {
  const { signal } = moment;
  if (signal === 'unknown') return { memory, change: null };
  const incident = memory?.incident ?? null;
  const wanted = incident === null ? 'bad' : 'good';
  if (signal !== wanted) return { memory: incident === null ? undefined : { incident, streak: null }, change: null };

  const before = moment.afterGap ? null : (memory?.streak ?? null);
  const streak = { readings: (before?.readings ?? 0) + 1, sinceMs: before?.sinceMs ?? moment.ms };
  const [readings, ms] = incident === null ? [hold.raiseReadings, hold.raiseMs] : [hold.clearReadings, hold.clearMs];
  if (streak.readings < readings || moment.ms - streak.sinceMs < ms)
    return { memory: { incident, streak }, change: null };
  if (incident !== null) return { memory: undefined, change: { state: 'CLEARED', incidentId: incident.id } };
  const id = moment.newIncidentId();
  return {
    memory: { incident: { id, sinceMs: streak.sinceMs }, streak: null },
    change: { state: 'RAISED', incidentId: id },
  };
}
