import type { VehicleState, VehicleStatus, VehicleTelemetry } from '../../catalogue/events.generated.ts';

/** The newest state of a vehicle with what is needed to move it on. */
export interface Newest {
  readonly state: VehicleState;
  /** Since when the vehicle has not moved, ms; null while it moves. */
  readonly stillSinceMs: number | null;
}

/** A vehicle that stands for this long is parked. */
export const parkedAfterMs = 300_000;
/** Slower than this is standing: wheel sensors tremble. */
const movingKmh = 0.5;

/** The state after one more reading, which must be the newest; what the reading does not tell stays as it was. */
export function followed(before: Newest | null, reading: VehicleTelemetry): Newest {
  const previous = before?.state;
  const moving = reading.speedKmh !== null && reading.speedKmh > movingKmh;
  const stillSinceMs = reading.speedKmh === null || moving ? null : (before?.stillSinceMs ?? reading.time);
  return {
    state: {
      vehicleId: reading.vehicleId,
      vehicleType: reading.vehicleType,
      time: reading.time,
      status: statusOf(previous, reading, stillSinceMs),
      latitude: reading.latitude ?? previous?.latitude ?? null,
      longitude: reading.longitude ?? previous?.longitude ?? null,
      speedKmh: reading.speedKmh,
      batteryPercent: reading.batteryPercent ?? previous?.batteryPercent ?? null,
      tripId: reading.tripId,
      city: reading.city,
    },
    stillSinceMs,
  };
}

function statusOf(
  previous: VehicleState | undefined,
  reading: VehicleTelemetry,
  stillSinceMs: number | null,
): VehicleStatus {
  if (reading.speedKmh === null) return 'UNKNOWN';
  if (stillSinceMs === null) return 'MOVING';
  const before = previous?.batteryPercent ?? null;
  if (before !== null && reading.batteryPercent !== null) {
    // Standing with a rising battery is charging, and it stays so until the battery falls or the wheels turn.
    if (reading.batteryPercent > before && previous?.status !== 'MOVING') return 'CHARGING';
    if (previous?.status === 'CHARGING' && reading.batteryPercent >= before) return 'CHARGING';
  }
  return reading.time - stillSinceMs >= parkedAfterMs ? 'PARKED' : 'STANDING';
}
