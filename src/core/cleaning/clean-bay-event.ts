import type { CleanedReading, Measurement, VehicleBayEvent, VehicleReading } from '../../catalogue/events.generated.ts';
import { claimOf, placed, type ReadingMemory } from './clean-reading.ts';
import { cleanVehicleReading, type VehicleMemory } from './clean-vehicle.ts';
import type { CleaningContext } from './device.ts';
import { rejected, type Step } from './verdict.ts';

/** Cleans an event of kind TELEMETRY: the reading of a shared vehicle. */
export function cleanSharedVehicle(
  memory: VehicleMemory,
  event: VehicleBayEvent,
  { device, receivedAt }: CleaningContext,
) {
  return cleanVehicleReading(memory, readingOf(event), {
    vehicleId: event.vehicleId ?? event.sourceId,
    vehicleType: event.vehicleType ?? device.type ?? 'unknown',
    fleet: 'mobility',
    city: event.city ?? device.city,
    timeZone: device.timeZone,
    receivedAt,
    nextMs: null,
  });
}

/** Cleans what happened at a station: DOCKED, UNDOCKED and BAY_STATUS. */
export function cleanStationEvent(
  memory: ReadingMemory,
  event: VehicleBayEvent,
  context: CleaningContext,
): Step<ReadingMemory, CleanedReading> {
  const measurements = stationMeasurements(event);
  if (measurements.length === 0) {
    const known = event.kind !== 'UNKNOWN';
    const verdict = known
      ? rejected('no-usable-value', `${event.kind} needs bikesAvailable or docksAvailable, 0 or more`)
      : rejected('kind-unknown', 'kind is UNKNOWN, allowed are TELEMETRY, DOCKED, UNDOCKED and BAY_STATUS');
    return { memory, verdict };
  }
  const draft = {
    deviceId: event.stationId ?? event.sourceId,
    deviceKind: 'STATION',
    sequence: event.sequence,
    measurements,
    intervalSeconds: null,
    quality: [],
  } as const;
  return placed(memory, draft, {
    ...claimOf(event, context),
    name: `${event.kind}${event.vehicleId ?? ''}${event.tripId ?? ''}`,
    intervalMs: null,
    // Vehicles come and go when they like: silence is no gap.
    regular: false,
    siteId: context.device.siteId ?? event.stationId,
  });
}

function stationMeasurements({ kind, bikesAvailable, docksAvailable }: VehicleBayEvent): readonly Measurement[] {
  if (kind === 'DOCKED') return [{ metric: 'vehicleDocked', value: 1, unit: '1' }];
  if (kind === 'UNDOCKED') return [{ metric: 'vehicleUndocked', value: 1, unit: '1' }];
  if (kind !== 'BAY_STATUS') return [];
  const counts = [
    { metric: 'bikesAvailable', value: bikesAvailable },
    { metric: 'docksAvailable', value: docksAvailable },
  ];
  return counts.flatMap(({ metric, value }) => (value !== null && value >= 0 ? [{ metric, value, unit: '1' }] : []));
}

function readingOf(event: VehicleBayEvent): VehicleReading {
  return {
    time: event.time,
    sequence: event.sequence,
    latitude: event.latitude,
    longitude: event.longitude,
    altitudeM: null,
    speedKmh: event.speedKmh,
    gpsSpeedKmh: null,
    speedLimitKmh: null,
    batteryPercent: event.batteryPercent,
    mode: null,
    odometerKm: event.odometerKm,
    temperatureC: null,
    humidityPercent: null,
    tripId: event.tripId,
    emergency: null,
    faults: event.faults,
  };
}
