import type { CleanedReading, VehicleTelemetry } from '../catalogue/events.generated.ts';

/** Value of a record on one of the cleaned topics. */
export type Cleaned = VehicleTelemetry | CleanedReading;

export function isVehicle(value: Cleaned): value is VehicleTelemetry {
  return 'vehicleId' in value;
}
