import type { CleanedReading, VehicleTelemetry } from '../../catalogue/events.generated.ts';

/** One value that counts in a window; `unit` is the normal unit of the metric. */
export interface MetricValue {
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
}

/** What one reading adds to the windows of its device. */
export interface WindowReading {
  readonly deviceId: string;
  /** Event time, ms since 1970-01-01 UTC. */
  readonly timeMs: number;
  readonly values: readonly MetricValue[];
}

const secondsPerHour = 3600;

/** Angles have no mean that way: 359 and 1 would average to 180. */
const angular = 'deg';

/** Speed (km/h), state of charge (%) and distance (km) of a vehicle; absent values add nothing. */
export function vehicleWindowReading(reading: VehicleTelemetry): WindowReading {
  const values: MetricValue[] = [];
  add(values, { metric: 'speed', unit: 'km/h', value: reading.speedKmh });
  add(values, { metric: 'batteryPercent', unit: '%', value: reading.batteryPercent });
  add(values, { metric: 'distance', unit: 'km', value: reading.distanceKm });
  return { deviceId: reading.vehicleId, timeMs: reading.time, values };
}

/**
 * Every measured value except angles, and `energy` (kWh): active power (kW) times the averaging interval, for readings
 * that tell their interval.
 */
export function cleanedWindowReading(reading: CleanedReading): WindowReading {
  const values: MetricValue[] = [];
  for (const { metric, unit, value } of reading.measurements) {
    if (unit !== angular) add(values, { metric, unit, value });
    if (metric !== 'activePower' || unit !== 'kW' || reading.intervalSeconds === null) continue;
    add(values, { metric: 'energy', unit: 'kWh', value: (value * reading.intervalSeconds) / secondsPerHour });
  }
  return { deviceId: reading.deviceId, timeMs: reading.time, values };
}

function add(values: MetricValue[], one: { metric: string; unit: string; value: number | null }): void {
  if (one.value !== null && Number.isFinite(one.value)) values.push(one as MetricValue);
}
