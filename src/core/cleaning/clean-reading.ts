import type { CleanedReading, Measurement, SensorReading, TurbineReading } from '../../catalogue/events.generated.ts';
import type { CleaningContext } from './device.ts';
import { isWithin, measurementRanges } from './limits.ts';
import { emptyTimeline, placeInTime, type TimeClaim, type Timeline } from './timeline.ts';
import { knownUnits, toNormalUnit } from './units.ts';
import { rejected, type Step } from './verdict.ts';

/** What is remembered of a turbine, a metric of a sensor, or a station between readings; small plain JSON. */
export interface ReadingMemory {
  readonly timeline: Timeline;
}

export const emptyReadingMemory: ReadingMemory = { timeline: emptyTimeline };

export type ReadingStep = Step<ReadingMemory, CleanedReading>;

/** A reading before it has its place in time. */
export type Draft = Omit<CleanedReading, 'time' | 'receivedAt' | 'siteId'>;

/** Cleans one reading of a turbine; values out of range are left out, the others stay. */
export function cleanTurbineReading(
  memory: ReadingMemory,
  reading: TurbineReading,
  context: CleaningContext,
): ReadingStep {
  const { measurements, outOfRange } = measured([
    { metric: 'activePower', value: reading.activePowerKw, unit: 'kW' },
    { metric: 'windSpeed', value: reading.windSpeedMs, unit: 'm/s' },
    { metric: 'theoreticalPower', value: reading.theoreticalPowerKw, unit: 'kW' },
    { metric: 'windDirection', value: reading.windDirectionDeg === 360 ? 0 : reading.windDirectionDeg, unit: 'deg' },
  ]);
  if (measurements.length === 0) {
    const why = outOfRange ? 'every value is out of range' : 'the reading has no value';
    return { memory, verdict: rejected('no-usable-value', why) };
  }
  const interval = reading.intervalSeconds;
  const draft: Draft = {
    deviceId: reading.turbineId,
    deviceKind: 'TURBINE',
    sequence: reading.sequence,
    measurements,
    intervalSeconds: interval,
    quality: outOfRange ? ['OUT_OF_RANGE'] : [],
  };
  const intervalMs = interval !== null && interval > 0 ? interval * 1000 : null;
  return placed(memory, draft, {
    ...claimOf(reading, context),
    intervalMs,
    regular: true,
    siteId: context.device.siteId,
  });
}

/** Cleans one value of a sensor; the memory is that of the sensor's metric. */
export function cleanSensorReading(
  memory: ReadingMemory,
  reading: SensorReading,
  context: CleaningContext,
): ReadingStep {
  if (reading.metric === '' || reading.metric.length > longestMetric) {
    const detail = `metric has ${reading.metric.length} characters, allowed are 1 to ${longestMetric}`;
    return { memory, verdict: rejected('no-usable-value', detail) };
  }
  const normal = toNormalUnit(reading.value, reading.unit);
  if (normal === null) {
    const detail = `unit "${reading.unit.slice(0, 20)}" of ${reading.metric.slice(0, 40)} is none of ${knownUnits.join(' ')}`;
    return { memory, verdict: rejected('unit-unknown', detail) };
  }
  const { measurements } = measured([{ metric: reading.metric, ...normal }]);
  if (measurements.length === 0) {
    const range = measurementRanges.get(reading.metric)?.join(' to ') ?? 'a finite number';
    const detail = `${reading.metric.slice(0, 40)} is ${normal.value} ${normal.unit}, possible is ${range}`;
    return { memory, verdict: rejected('value-out-of-range', detail) };
  }
  const draft: Draft = {
    deviceId: reading.sensorId,
    deviceKind: 'SENSOR',
    sequence: reading.sequence,
    measurements,
    intervalSeconds: null,
    quality: [],
  };
  return placed(memory, draft, {
    ...claimOf(reading, context),
    intervalMs: null,
    regular: true,
    siteId: context.device.siteId,
  });
}

const longestMetric = 100;

/** What a reading says about its time, for readings that come one a record. */
export function claimOf(
  reading: { readonly time: string; readonly sequence: number | null },
  { device, receivedAt }: CleaningContext,
): Pick<TimeClaim, 'time' | 'sequence' | 'name' | 'nextMs' | 'timeZone' | 'receivedAt'> {
  return {
    time: reading.time,
    sequence: reading.sequence,
    name: '',
    nextMs: null,
    timeZone: device.timeZone,
    receivedAt,
  };
}

/** Gives the draft its place in time, or passes on why it has none. */
export function placed(
  memory: ReadingMemory,
  draft: Draft,
  claim: TimeClaim & { readonly siteId: string | null },
): ReadingStep {
  const placement = placeInTime(memory.timeline, claim);
  if (placement.fate !== 'placed') return { memory, verdict: placement };
  const cleaned: CleanedReading = {
    deviceId: draft.deviceId,
    deviceKind: draft.deviceKind,
    time: placement.ms,
    sequence: draft.sequence,
    measurements: draft.measurements,
    intervalSeconds: draft.intervalSeconds,
    siteId: claim.siteId,
    quality: draft.quality.length === 0 ? placement.flags : [...placement.flags, ...draft.quality],
    receivedAt: claim.receivedAt,
  };
  return { memory: { timeline: placement.timeline }, verdict: { fate: 'cleaned', cleaned } };
}

interface Claimed {
  readonly metric: string;
  readonly value: number | null;
  readonly unit: string;
}

function measured(claims: readonly Claimed[]) {
  const measurements: Measurement[] = [];
  let outOfRange = false;
  for (const { metric, value, unit } of claims) {
    if (value === null) continue;
    const range = measurementRanges.get(metric);
    const possible = range === undefined ? Number.isFinite(value) : isWithin(value, range);
    if (possible) measurements.push({ metric, value, unit });
    else outOfRange = true;
  }
  return { measurements, outOfRange };
}
