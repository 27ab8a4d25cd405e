import type {
  EmergencyKind,
  EmergencySeverity,
  EmergencyState,
  VehicleTelemetry,
} from '../../catalogue/events.generated.ts';

/** What is remembered of a vehicle since its first emergency signal; plain JSON. */
export interface EmergencyMemory {
  /** Newest time judged while a signal was on, ms. */
  readonly newestMs: number;
  /** The signal that is on; null when none is. */
  readonly signal: string | null;
  /** Readings in a row without it, and the time of the first of them. */
  readonly quiet: { readonly readings: number; readonly sinceMs: number } | null;
}

export interface EmergencyJudgement {
  /** The very same object when the reading changes nothing; undefined before the first signal. */
  readonly memory: EmergencyMemory | undefined;
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

/**
 * Moves on by one reading. A signal begins one emergency, however long it stays on; another signal begins another. A
 * reading is late when it is older than the newest of a signal's time: it belongs to what was judged already. A signal
 * that an ordinary reading has overtaken is not late: nobody has judged it.
 */
export function judgeEmergency(
  memory: EmergencyMemory | undefined,
  { time, emergency }: Pick<VehicleTelemetry, 'time' | 'emergency'>,
): EmergencyJudgement | 'late' {
  if (emergency === null) return withoutSignal(memory, time);
  if (memory !== undefined && time < memory.newestMs) return 'late';
  const raised = emergency === memory?.signal ? null : (kinds[emergency] ?? { kind: 'UNKNOWN', severity: 'SERIOUS' });
  return { memory: { newestMs: time, signal: emergency, quiet: null }, raised };
}

function withoutSignal(memory: EmergencyMemory | undefined, time: number): EmergencyJudgement | 'late' {
  if (memory === undefined || memory.signal === null) return { memory, raised: null };
  if (time < memory.newestMs) return 'late';
  const quiet = { readings: (memory.quiet?.readings ?? 0) + 1, sinceMs: memory.quiet?.sinceMs ?? time };
  const isOver = quiet.readings >= over.readings && time - quiet.sinceMs >= over.ms;
  const [signal, left] = isOver ? [null, null] : [memory.signal, quiet];
  return { memory: { newestMs: time, signal, quiet: left }, raised: null };
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
