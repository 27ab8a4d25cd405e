import type { ErrorCode } from '../../core/errors/registry.ts';

/** Messages of `proto/ingest/v1/ingest.proto` as the loader hands them over: absent fields are absent. */

export interface WireVehicleReading {
  readonly time?: string;
  readonly sequence?: number;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly altitudeM?: number;
  readonly speedKmh?: number;
  readonly gpsSpeedKmh?: number;
  readonly speedLimitKmh?: number;
  readonly batteryPercent?: number;
  readonly mode?: string;
  readonly odometerKm?: number;
  readonly temperatureC?: number;
  readonly humidityPercent?: number;
  readonly tripId?: string;
  readonly emergency?: string;
  readonly faults?: readonly string[];
  readonly vehicleType?: string;
}

export interface WireTurbineReading {
  readonly time?: string;
  readonly sequence?: number;
  readonly activePowerKw?: number;
  readonly windSpeedMs?: number;
  readonly theoreticalPowerKw?: number;
  readonly windDirectionDeg?: number;
  readonly intervalSeconds?: number;
}

export interface WireSensorReading {
  readonly time?: string;
  readonly sequence?: number;
  readonly metric?: string;
  readonly value?: number;
  readonly unit?: string;
}

export interface WireVehicleBayEvent {
  /** Name of the enum's value; a number this version does not know. */
  readonly kind?: string | number;
  readonly time?: string;
  readonly sequence?: number;
  readonly city?: string;
  readonly vehicleId?: string;
  readonly vehicleType?: string;
  readonly stationId?: string;
  readonly tripId?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly speedKmh?: number;
  readonly batteryPercent?: number;
  readonly odometerKm?: number;
  readonly bikesAvailable?: number;
  readonly docksAvailable?: number;
  readonly faults?: readonly string[];
}

export interface WireReading {
  readonly deviceId?: string;
  readonly vehicle?: WireVehicleReading;
  readonly turbine?: WireTurbineReading;
  readonly sensor?: WireSensorReading;
  readonly bay?: WireVehicleBayEvent;
}

export interface PublishRequest {
  readonly messageId?: string;
  readonly deviceId?: string;
  readonly sentAt?: string;
  readonly readings?: readonly WireReading[];
}

export interface Rejection {
  /** Place of the reading in the request; absent for the whole request. */
  readonly index?: number;
  readonly field: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PublishResponse {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

export interface StreamTelemetryRequest {
  readonly request?: PublishRequest;
}

export interface StreamTelemetryResponse extends PublishResponse {
  readonly position: number;
  readonly messageId?: string | undefined;
}
