import type {
  CleanedReading,
  SensorReading,
  TelemetryBatch,
  TurbineReading,
  VehicleBayEvent,
  VehicleReading,
  VehicleTelemetry,
} from '../../src/catalogue/events.generated.ts';

/** 2026-05-01T08:00:00Z */
export const may1st = Date.UTC(2026, 4, 1, 8);

export const secondsLater = (seconds: number) => new Date(may1st + seconds * 1000).toISOString();

export function vehicleReading(given: Partial<VehicleReading> = {}): VehicleReading {
  return {
    time: secondsLater(0),
    sequence: null,
    latitude: 59.91,
    longitude: 10.75,
    altitudeM: 20,
    speedKmh: 30,
    gpsSpeedKmh: 29,
    speedLimitKmh: 50,
    batteryPercent: 80,
    mode: 'D',
    odometerKm: 1000,
    temperatureC: 12,
    humidityPercent: 60,
    tripId: 'trip-1',
    emergency: null,
    faults: [],
    ...given,
  };
}

export function telemetryBatch(given: Partial<TelemetryBatch> = {}): TelemetryBatch {
  return { deviceId: 'car-1', vehicleType: 'car', sentAt: null, readings: [vehicleReading()], ...given };
}

export function turbineReading(given: Partial<TurbineReading> = {}): TurbineReading {
  return {
    turbineId: 'turbine-1',
    time: secondsLater(0),
    sequence: null,
    activePowerKw: 1500,
    windSpeedMs: 9,
    theoreticalPowerKw: 1700,
    windDirectionDeg: 200,
    intervalSeconds: 600,
    ...given,
  };
}

export function sensorReading(given: Partial<SensorReading> = {}): SensorReading {
  return {
    sensorId: 'sensor-1',
    time: secondsLater(0),
    sequence: null,
    metric: 'temperature',
    value: 20,
    unit: 'C',
    ...given,
  };
}

export function bayEvent(given: Partial<VehicleBayEvent> = {}): VehicleBayEvent {
  return {
    sourceId: 'station-7',
    kind: 'DOCKED',
    time: secondsLater(0),
    sequence: null,
    city: 'oslo',
    vehicleId: null,
    vehicleType: 'bike',
    stationId: '7',
    tripId: null,
    latitude: 59.91,
    longitude: 10.75,
    speedKmh: null,
    batteryPercent: null,
    odometerKm: null,
    bikesAvailable: null,
    docksAvailable: null,
    faults: [],
    ...given,
  };
}

export function vehicleTelemetry(given: Partial<VehicleTelemetry> = {}): VehicleTelemetry {
  return {
    vehicleId: 'car-1',
    vehicleType: 'car',
    time: may1st,
    sequence: null,
    latitude: 59.91,
    longitude: 10.75,
    altitudeM: 20,
    speedKmh: 30,
    speedLimitKmh: 50,
    batteryPercent: 80,
    mode: 'DRIVE',
    odometerKm: 1000,
    distanceKm: null,
    temperatureC: 12,
    humidityPercent: 60,
    tripId: 'trip-1',
    city: 'oslo',
    fleet: 'fleet',
    emergency: null,
    faults: [],
    quality: [],
    receivedAt: may1st,
    ...given,
  };
}

export function cleanedReading(given: Partial<CleanedReading> = {}): CleanedReading {
  return {
    deviceId: 'turbine-1',
    deviceKind: 'TURBINE',
    time: may1st,
    sequence: null,
    measurements: [
      { metric: 'activePower', value: 1500, unit: 'kW' },
      { metric: 'windSpeed', value: 9, unit: 'm/s' },
      { metric: 'theoreticalPower', value: 1700, unit: 'kW' },
    ],
    intervalSeconds: 600,
    siteId: null,
    quality: [],
    receivedAt: may1st,
    ...given,
  };
}
