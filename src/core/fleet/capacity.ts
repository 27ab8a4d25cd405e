import type { CapacityLevel, VehicleStatus } from '../../catalogue/events.generated.ts';

/** A vehicle as it counts in its zone. */
export interface CountedVehicle {
  readonly status: VehicleStatus;
  readonly batteryPercent: number | null;
  /** Whether a dispatch or a trip has it. */
  readonly taken: boolean;
  /** Whether its link is lost or an emergency of it is open. */
  readonly outOfService: boolean;
}

/** How many vehicles of a zone do what; every vehicle counts once. */
export interface Supply {
  readonly total: number;
  readonly available: number;
  readonly inUse: number;
  readonly charging: number;
  readonly outOfService: number;
}

/** Length of a measuring window. */
export const capacityWindowMs = 60_000;

const leastBatteryPercent = 20;

/** Counts a zone's vehicles. */
export function supplyOf(vehicles: readonly CountedVehicle[]): Supply {
  const counts = { available: 0, inUse: 0, charging: 0, outOfService: 0 };
  for (const vehicle of vehicles) counts[placeOf(vehicle)] += 1;
  return { total: vehicles.length, ...counts };
}

function placeOf({ status, batteryPercent, taken, outOfService }: CountedVehicle): keyof Omit<Supply, 'total'> {
  if (outOfService || status === 'UNKNOWN') return 'outOfService';
  if (status === 'CHARGING') return 'charging';
  if (taken || status === 'MOVING') return 'inUse';
  return batteryPercent === null || batteryPercent < leastBatteryPercent ? 'outOfService' : 'available';
}

/** Supply against demand: nothing left, less than is asked for or a tenth of all, most of it idle, or in between. */
export function capacityLevel({ total, available }: Supply, openRequests: number): CapacityLevel {
  if (available === 0) return 'EXHAUSTED';
  if (available < openRequests || available * 10 < total) return 'SHORTAGE';
  return openRequests === 0 && total >= 5 && available * 10 >= total * 8 ? 'SURPLUS' : 'BALANCED';
}
