import type {
  EmergencyKind,
  EmergencySeverity,
  EmergencyState,
  VehicleTelemetry,
} from '../../catalogue/events.generated.ts';

/** What is remembered of a vehicle's emergency signal; plain JSON. */
export interface EmergencyMemory {
  /** Newest time judged, ms. */
  readonly newestMs: number;
  /** The signal that is on; null when none is. */
  readonly signal: string | null;
  /** Readings in a row without it, and the time of the first of them. */
  readonly quiet: { readonly readings: number; readonly sinceMs: number } | null;
}

export interface EmergencyJudgement {
  readonly memory: EmergencyMemory;
  /** Set when an emergency begins with this reading. */
  readonly raised: { readonly kind: EmergencyKind; readonly severity: EmergencySeverity } | null;
}

const kinds: Readonly<Record<string, { readonly kind: EmergencyKind; readonly severity: EmergencySeverity }>> = {
  crash: { kind: 'CRASH', severity: 'SEVERE' },
  fire: { kind: 'FIRE', severity: 'SEVERE' },
  panic: { kind: 'PANIC', severity: 'SERIOUS' },
  sos: { kind: 'PANIC', severity: 'SERIOUS' },
  emergency_stop: { kind: 'EMERGENCY_STOP', severity: 'MINOR' },
};

/** The signal is over after so many readings without it, over so long: a single one may have been lost. */
const over = { readings: 3, ms: 10_000 };

/** Moves on by one reading. A signal begins one emergency, however long it stays on; another signal begins another. */
export function judgeEmergency(
  memory: EmergencyMemory | undefined,
  { time, emergency }: Pick<VehicleTelemetry, 'time' | 'emergency'>,
): EmergencyJudgement | 'late' {
  if (memory !== undefined && time < memory.newestMs) return 'late';
  const before = memory?.signal ?? null;
  if (emergency === null) return { memory: calmer(memory, time), raised: null };
  const raised = emergency === before ? null : (kinds[emergency] ?? { kind: 'UNKNOWN', severity: 'SERIOUS' });
  return { memory: { newestMs: time, signal: emergency, quiet: null }, raised };
}

function calmer(memory: EmergencyMemory | undefined, time: number): EmergencyMemory {
  const none = { newestMs: time, signal: null, quiet: null };
  if (memory === undefined || memory.signal === null) return none;
  const quiet = { readings: (memory.quiet?.readings ?? 0) + 1, sinceMs: memory.quiet?.sinceMs ?? time };
  if (quiet.readings >= over.readings && time - quiet.sinceMs >= over.ms) return none;
  return { newestMs: time, signal: memory.signal, quiet };
}

/** What people can do about an emergency. */
export const emergencyActions = ['acknowledge', 'respond', 'resolve', 'false-alarm'] as const;
export type EmergencyAction = (typeof emergencyActions)[number];

const steps: Readonly<
  Record<EmergencyAction, { readonly to: EmergencyState; readonly from: readonly EmergencyState[] }>
> = {
  acknowledge: { to: 'ACKNOWLEDGED', from: ['RAISED'] },
  respond: { to: 'RESPONDING', from: ['RAISED', 'ACKNOWLEDGED'] },
  resolve: { to: 'RESOLVED', from: ['ACKNOWLEDGED', 'RESPONDING'] },
  'false-alarm': { to: 'FALSE_ALARM', from: ['RAISED', 'ACKNOWLEDGED', 'RESPONDING'] },
};

/** The step that an action leads to; null where it may not be taken: nobody resolves what nobody has looked at. */
export function emergencyStep(state: EmergencyState, action: EmergencyAction): EmergencyState | null {
  const { to, from } = steps[action];
  return from.includes(state) ? to : null;
}
