import type { VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { serviceDoneCode } from './rules.ts';

/** How far a vehicle has driven since its last service; small plain JSON. */
export interface Service {
  readonly km: number;
  /** Newest reading of the odometer, km; null while there was none. */
  readonly odometerKm: number | null;
}

/** A jump of the odometer beyond this between two readings is another odometer, not a drive, km. */
const longestDriveKm = 500;

/**
 * Counts a reading's distance: by the odometer where there is one, else by the positions. The first odometer reading tells
 * nothing of services before it, so the vehicle counts as serviced at the last full interval.
 */
export function driven(before: Service | null, reading: VehicleTelemetry, everyKm: number): Service | null {
  const { odometerKm, distanceKm, faults } = reading;
  const newest = odometerKm ?? before?.odometerKm ?? null;
  if (faults.includes(serviceDoneCode)) return { km: 0, odometerKm: newest };
  if (before === null && odometerKm === null && distanceKm === null) return null;
  if (odometerKm !== null && (before === null || (before.odometerKm === null && before.km === 0))) {
    return { km: odometerKm % everyKm, odometerKm };
  }
  const known = before ?? { km: 0, odometerKm: null };
  const byOdometer = odometerKm === null || known.odometerKm === null ? null : odometerKm - known.odometerKm;
  const step = byOdometer === null || byOdometer < 0 || byOdometer > longestDriveKm ? (distanceKm ?? 0) : byOdometer;
  return { km: known.km + step, odometerKm: newest };
}
