import type {
  AlertSeverity,
  AnalyticsAlertKind,
  CleanedReading,
  VehicleAlertKind,
  VehicleTelemetry,
} from '../../catalogue/events.generated.ts';
import { hasSeen, nothingSeen, type ReadingIdentity, remember, type Seen } from '../cleaning/seen.ts';
import { operatingAreaAt, operatingAreaOf } from './areas.ts';
import { judge, type RuleMemory, type Signal } from './incident.ts';
import { readingSignal } from './reading-signals.ts';
import { type ReadingRule, sensorRules, turbineRules, type VehicleRule, vehicleRules } from './rules.ts';
import { driven, type Service } from './service.ts';
import { vehicleSignal } from './vehicle-signals.ts';

/** What is remembered of a device between readings; small plain JSON. */
export interface AlertMemory {
  /** Newest time judged, ms; by metric where a device has several timelines. */
  readonly newest: Readonly<Record<string, number>>;
  readonly seen: Seen;
  /** City of the operating area that is the vehicle's home. */
  readonly home: string | null;
  /** Distance since the last service; absent before the first reading that told of one. */
  readonly service?: Service;
  /** By rule id; rules that have nothing to remember are absent. */
  readonly rules: Readonly<Record<string, RuleMemory>>;
}

export const emptyAlertMemory: AlertMemory = { newest: {}, seen: nothingSeen, home: null, rules: {} };

/** An alert before it has ids of its own. */
export interface AlertDraft<Kind> {
  readonly incidentId: string;
  readonly kind: Kind;
  readonly state: 'RAISED' | 'CLEARED';
  readonly severity: AlertSeverity;
  readonly ruleId: string;
  readonly time: number;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly unit: string | null;
  readonly message: string;
}

export interface Evaluation<Kind> {
  readonly memory: AlertMemory;
  /** `late`: older than what was judged already; an incident's story is told forwards only. */
  readonly fate: 'judged' | 'duplicate' | 'late';
  readonly alerts: readonly AlertDraft<Kind>[];
}

/** Gives the id of an incident that a rule opens at this reading; the same reading and rule give the same id. */
export type NewIncidentId = (ruleId: string) => string;

const ownRules = vehicleRules.filter(({ fleets }) => fleets.includes('fleet'));
const sharedRules = vehicleRules.filter(({ fleets }) => fleets.includes('mobility'));

/** Judges a vehicle's reading by every rule of its fleet. */
export function evaluateVehicle(
  memory: AlertMemory,
  reading: VehicleTelemetry,
  newIncidentId: NewIncidentId,
): Evaluation<VehicleAlertKind> {
  const entered = enter(memory, { ms: reading.time, sequence: reading.sequence, name: '' }, '');
  if ('fate' in entered) return { memory, fate: entered.fate, alerts: [] };
  const home = homeOf(memory, reading);
  const rules = reading.fleet === 'mobility' ? sharedRules : ownRules;
  const service = serviceOf(memory, reading);
  const vehicleCase = { reading, home: home === null ? null : operatingAreaOf(home), service };
  const judged = applyRules(memory, rules, {
    subject: `${reading.vehicleType === 'unknown' ? 'vehicle' : reading.vehicleType.replaceAll('_', ' ')} ${reading.vehicleId}`,
    reading,
    newIncidentId,
    signalOf: (rule: VehicleRule) => vehicleSignal(rule, vehicleCase),
  });
  const remembered = { ...entered, home, ...(service === null ? {} : { service }), rules: judged.rules };
  return { memory: remembered, fate: 'judged', alerts: judged.alerts };
}

/** Judges the reading of a turbine or a sensor; stations have no rules. */
export function evaluateReading(
  memory: AlertMemory,
  reading: CleanedReading,
  newIncidentId: NewIncidentId,
): Evaluation<AnalyticsAlertKind> {
  const rules = readingRulesOf(reading);
  if (rules.length === 0) return { memory, fate: 'judged', alerts: [] };
  // A sensor sends each metric by itself, so each has a time of its own.
  const timeline = reading.deviceKind === 'SENSOR' ? (reading.measurements[0]?.metric ?? '') : '';
  const entered = enter(memory, { ms: reading.time, sequence: reading.sequence, name: timeline }, timeline);
  if ('fate' in entered) return { memory, fate: entered.fate, alerts: [] };
  const judged = applyRules(memory, rules, {
    subject: `${reading.deviceKind === 'TURBINE' ? 'turbine' : 'sensor'} ${reading.deviceId}`,
    reading,
    newIncidentId,
    signalOf: (rule: ReadingRule) => readingSignal(rule, reading),
  });
  return { memory: { ...entered, home: null, rules: judged.rules }, fate: 'judged', alerts: judged.alerts };
}

function readingRulesOf({ deviceKind, measurements }: CleanedReading): readonly ReadingRule[] {
  if (deviceKind === 'TURBINE') return turbineRules;
  if (deviceKind !== 'SENSOR') return [];
  const metric = measurements[0]?.metric;
  return sensorRules.filter((rule) => rule.measure === 'level' && rule.metric === metric);
}

function enter(
  memory: AlertMemory,
  identity: ReadingIdentity,
  timeline: string,
): Pick<AlertMemory, 'newest' | 'seen'> | { readonly fate: 'duplicate' | 'late' } {
  if (hasSeen(memory.seen, identity)) return { fate: 'duplicate' };
  const newestMs = memory.newest[timeline];
  if (newestMs !== undefined && identity.ms < newestMs) return { fate: 'late' };
  return { newest: { ...memory.newest, [timeline]: identity.ms }, seen: remember(memory.seen, identity) };
}

function homeOf({ home }: AlertMemory, { city, latitude, longitude }: VehicleTelemetry): string | null {
  if (city !== null) return city;
  if (home !== null || latitude === null || longitude === null) return home;
  return operatingAreaAt({ latitude, longitude })?.city ?? null;
}

function serviceOf(
  { service = null }: { readonly service?: Service | null },
  reading: VehicleTelemetry,
): Service | null {
  const rule = vehicleRules.find((one) => one.measure === 'distance');
  if (rule === undefined) return null;
  return driven(service, reading, rule.everyKm.get(reading.vehicleType) ?? rule.otherKm);
}

interface RuleCase<R> {
  readonly subject: string;
  readonly reading: { readonly time: number; readonly quality: readonly string[] };
  readonly newIncidentId: NewIncidentId;
  readonly signalOf: (rule: R) => Signal;
}

interface AnyRule<Kind> {
  readonly id: string;
  readonly kind: Kind;
  readonly severity: AlertSeverity;
  readonly hold: Parameters<typeof judge>[1];
}

function applyRules<Kind, R extends AnyRule<Kind>>(
  { rules: before }: AlertMemory,
  rules: readonly R[],
  { subject, reading, newIncidentId, signalOf }: RuleCase<R>,
): { readonly rules: AlertMemory['rules']; readonly alerts: readonly AlertDraft<R['kind']>[] } {
  const alerts: AlertDraft<R['kind']>[] = [];
  // Rules that are not asked here keep what they remember: a sensor's other metrics.
  const after: Record<string, RuleMemory> = { ...before };
  for (const rule of rules) {
    const signal = signalOf(rule);
    const { memory, change } = judge(before[rule.id], rule.hold, {
      signal: signal.is,
      ms: reading.time,
      afterGap: reading.quality.includes('GAP_BEFORE'),
      newIncidentId: () => newIncidentId(rule.id),
    });
    if (memory !== undefined) after[rule.id] = memory;
    else if (before[rule.id] !== undefined) delete after[rule.id];
    if (change === null) continue;
    alerts.push({
      incidentId: change.incidentId,
      kind: rule.kind,
      state: change.state,
      severity: rule.severity,
      ruleId: rule.id,
      time: reading.time,
      value: signal.value,
      threshold: signal.threshold,
      unit: signal.unit,
      message: sentence(subject, signal.finding),
    });
  }
  return { rules: after, alerts };
}

function sentence(subject: string, finding: string): string {
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}: ${finding}.`;
}
