import type { VehicleTelemetry } from '../../src/catalogue/events.generated.ts';

/** A measurement of a car, with every field that cars have. */
export function vehicleTelemetry(sequence: number): VehicleTelemetry {
  return {
    vehicleId: 'twizy-17',
    vehicleType: 'car',
    time: 1_700_000_000_000 + sequence,
    sequence,
    latitude: 33.98 + sequence / 1e6,
    longitude: -6.86,
    altitudeM: 71,
    speedKmh: 41.5,
    speedLimitKmh: 60,
    batteryPercent: 81,
    mode: 'UNKNOWN',
    odometerKm: 1204.5,
    distanceKm: 0.01,
    temperatureC: 21,
    humidityPercent: null,
    tripId: null,
    city: 'Rabat',
    fleet: 'rabat',
    emergency: null,
    faults: [],
    quality: [],
    receivedAt: 1_700_000_000_500 + sequence,
  };
}
