import type { DriveMode, QualityFlag, VehicleReading, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { isWithin, type Range, vehicleRanges } from './limits.ts';
import { type Fix, judgePosition, type PositionVerdict } from './position.ts';
import { emptyTimeline, placeInTime, type Timeline } from './timeline.ts';
import { followed, type Newest } from './vehicle-state.ts';
import type { Step } from './verdict.ts';

/** What is remembered of a vehicle between readings; small plain JSON. */
export interface VehicleMemory {
  readonly timeline: Timeline;
  /** Last valid position, in order of time. */
  readonly fix: Fix | null;
  /** Last valid position among readings that came out of order. */
  readonly lateFix: Fix | null;
  readonly newest: Newest | null;
}

export const emptyVehicleMemory: VehicleMemory = { timeline: emptyTimeline, fix: null, lateFix: null, newest: null };

/** Who measured, and when the log took it. */
export interface VehicleContext {
  readonly vehicleId: string;
  readonly vehicleType: string;
  readonly fleet: string;
  readonly city: string | null;
  readonly timeZone: string | null;
  /** ms since 1970-01-01 UTC */
  readonly receivedAt: number;
  /** Next readable time in the same record, ms; anchor for a repair at a vehicle's very first reading. */
  readonly nextMs: number | null;
}

const driveModes: ReadonlyMap<string, DriveMode> = new Map([
  ['N', 'NEUTRAL'],
  ['NEUTRAL', 'NEUTRAL'],
  ['D', 'DRIVE'],
  ['DRIVE', 'DRIVE'],
  ['R', 'REVERSE'],
  ['REVERSE', 'REVERSE'],
]);

/** Cleans one reading of a vehicle; pure, so that the same readings always come out the same. */
export function cleanVehicleReading(
  memory: VehicleMemory,
  reading: VehicleReading,
  context: VehicleContext,
): Step<VehicleMemory, VehicleTelemetry> {
  const placement = placeInTime(memory.timeline, {
    time: reading.time,
    sequence: reading.sequence,
    name: '',
    intervalMs: null,
    regular: true,
    nextMs: context.nextMs,
    timeZone: context.timeZone,
    receivedAt: context.receivedAt,
  });
  if (placement.fate !== 'placed') return { memory, verdict: placement };
  const values = valuesOf(reading);
  const positioned = judgePosition(placement.newest ? memory.fix : (memory.lateFix ?? memory.fix), {
    latitude: reading.latitude,
    longitude: reading.longitude,
    speedKmh: values.speedKmh,
    ms: placement.ms,
  });
  const cleaned: VehicleTelemetry = {
    vehicleId: context.vehicleId,
    vehicleType: context.vehicleType,
    time: placement.ms,
    sequence: reading.sequence,
    latitude: positioned.position?.latitude ?? null,
    longitude: positioned.position?.longitude ?? null,
    altitudeM: values.altitudeM,
    speedKmh: values.speedKmh,
    speedLimitKmh: values.speedLimitKmh,
    batteryPercent: values.batteryPercent,
    mode: reading.mode === null ? 'UNKNOWN' : (driveModes.get(reading.mode.toUpperCase()) ?? 'UNKNOWN'),
    odometerKm: values.odometerKm,
    distanceKm: placement.newest ? positioned.distanceKm : null,
    temperatureC: values.temperatureC,
    humidityPercent: values.humidityPercent,
    tripId: reading.tripId,
    city: context.city,
    fleet: context.fleet,
    emergency: reading.emergency === '' ? null : reading.emergency,
    faults: reading.faults,
    quality: withFlags(placement.flags, positioned, values.outOfRange),
    receivedAt: context.receivedAt,
  };
  return {
    memory: {
      timeline: placement.timeline,
      fix: placement.newest ? positioned.fix : memory.fix,
      lateFix: placement.newest ? memory.lateFix : positioned.fix,
      newest: placement.newest ? followed(memory.newest, cleaned) : memory.newest,
    },
    verdict: { fate: 'cleaned', cleaned },
  };
}

function withFlags(
  inTime: readonly QualityFlag[],
  positioned: PositionVerdict,
  outOfRange: boolean,
): readonly QualityFlag[] {
  if (positioned.flag === null && !outOfRange) return inTime;
  const flags = [...inTime];
  if (positioned.flag !== null && !flags.includes(positioned.flag)) flags.push(positioned.flag);
  if (outOfRange && !flags.includes('OUT_OF_RANGE')) flags.push('OUT_OF_RANGE');
  return flags;
}

function valuesOf(reading: VehicleReading) {
  let outOfRange = false;
  const checked = (value: number | null, range: Range): number | null => {
    if (value === null || isWithin(value, range)) return value;
    outOfRange = true;
    return null;
  };
  const busSpeedKmh = checked(reading.speedKmh, vehicleRanges.speedKmh);
  const values = {
    speedKmh: busSpeedKmh ?? checked(reading.gpsSpeedKmh, vehicleRanges.speedKmh),
    altitudeM: checked(reading.altitudeM, vehicleRanges.altitudeM),
    speedLimitKmh: reading.speedLimitKmh === 0 ? null : checked(reading.speedLimitKmh, vehicleRanges.speedLimitKmh),
    batteryPercent: checked(reading.batteryPercent, vehicleRanges.batteryPercent),
    odometerKm: checked(reading.odometerKm, vehicleRanges.odometerKm),
    temperatureC: checked(reading.temperatureC, vehicleRanges.temperatureC),
    humidityPercent: checked(reading.humidityPercent, vehicleRanges.humidityPercent),
  };
  return { ...values, outOfRange };
}
