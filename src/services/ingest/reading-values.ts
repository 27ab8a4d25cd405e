import type {
  SensorReading,
  TurbineReading,
  VehicleBayEvent,
  VehicleBayEventKind,
  VehicleReading,
} from '../../catalogue/events.generated.ts';
import type { WireSensorReading, WireTurbineReading, WireVehicleBayEvent, WireVehicleReading } from './messages.ts';

/** Checked wire messages as values of the raw subjects, field by field. */

export function vehicleReading(wire: WireVehicleReading): VehicleReading {
  return {
    time: wire.time ?? '',
    sequence: wire.sequence ?? null,
    latitude: wire.latitude ?? null,
    longitude: wire.longitude ?? null,
    altitudeM: wire.altitudeM ?? null,
    speedKmh: wire.speedKmh ?? null,
    gpsSpeedKmh: wire.gpsSpeedKmh ?? null,
    speedLimitKmh: wire.speedLimitKmh ?? null,
    batteryPercent: wire.batteryPercent ?? null,
    mode: wire.mode ?? null,
    odometerKm: wire.odometerKm ?? null,
    temperatureC: wire.temperatureC ?? null,
    humidityPercent: wire.humidityPercent ?? null,
    tripId: wire.tripId ?? null,
    emergency: wire.emergency ?? null,
    faults: wire.faults ?? [],
  };
}

export function turbineReading(turbineId: string, wire: WireTurbineReading): TurbineReading {
  return {
    turbineId,
    time: wire.time ?? '',
    sequence: wire.sequence ?? null,
    activePowerKw: wire.activePowerKw ?? null,
    windSpeedMs: wire.windSpeedMs ?? null,
    theoreticalPowerKw: wire.theoreticalPowerKw ?? null,
    windDirectionDeg: wire.windDirectionDeg ?? null,
    intervalSeconds: wire.intervalSeconds ?? null,
  };
}

export function sensorReading(sensorId: string, wire: WireSensorReading): SensorReading {
  return {
    sensorId,
    time: wire.time ?? '',
    sequence: wire.sequence ?? null,
    metric: wire.metric ?? '',
    value: wire.value ?? 0,
    unit: wire.unit ?? '',
  };
}

const bayKinds: Readonly<Record<string, VehicleBayEventKind>> = {
  VEHICLE_BAY_EVENT_KIND_TELEMETRY: 'TELEMETRY',
  VEHICLE_BAY_EVENT_KIND_DOCKED: 'DOCKED',
  VEHICLE_BAY_EVENT_KIND_UNDOCKED: 'UNDOCKED',
  VEHICLE_BAY_EVENT_KIND_BAY_STATUS: 'BAY_STATUS',
};

/** A kind that this version does not know becomes `UNKNOWN`, as the Avro enum's default says. */
export function vehicleBayEvent(sourceId: string, wire: WireVehicleBayEvent): VehicleBayEvent {
  return {
    sourceId,
    kind: bayKinds[wire.kind ?? ''] ?? 'UNKNOWN',
    time: wire.time ?? '',
    sequence: wire.sequence ?? null,
    city: wire.city ?? null,
    vehicleId: wire.vehicleId ?? null,
    vehicleType: wire.vehicleType ?? null,
    stationId: wire.stationId ?? null,
    tripId: wire.tripId ?? null,
    latitude: wire.latitude ?? null,
    longitude: wire.longitude ?? null,
    speedKmh: wire.speedKmh ?? null,
    batteryPercent: wire.batteryPercent ?? null,
    odometerKm: wire.odometerKm ?? null,
    bikesAvailable: wire.bikesAvailable ?? null,
    docksAvailable: wire.docksAvailable ?? null,
    faults: wire.faults ?? [],
  };
}
