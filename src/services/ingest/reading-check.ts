import type {
  WireReading,
  WireSensorReading,
  WireTurbineReading,
  WireVehicleBayEvent,
  WireVehicleReading,
} from './messages.ts';

/** Why a reading cannot become a record. Whether its values are plausible is the cleaner's question, not asked here. */
export interface Fault {
  /** Field as the proto file names it. */
  readonly field: string;
  /** Value got and what is allowed. */
  readonly what: string;
}

interface FieldList<T> {
  readonly texts: readonly (keyof T & string)[];
  readonly requiredTexts: readonly (keyof T & string)[];
  readonly numbers: readonly (keyof T & string)[];
}

const maxTextLength = 256;
const maxFaults = 64;

const vehicleFields: FieldList<WireVehicleReading> = {
  requiredTexts: ['time'],
  texts: ['mode', 'tripId', 'emergency', 'vehicleType'],
  numbers: [
    'latitude',
    'longitude',
    'altitudeM',
    'speedKmh',
    'gpsSpeedKmh',
    'speedLimitKmh',
    'batteryPercent',
    'odometerKm',
    'temperatureC',
    'humidityPercent',
  ],
};

const turbineFields: FieldList<WireTurbineReading> = {
  requiredTexts: ['time'],
  texts: [],
  numbers: ['activePowerKw', 'windSpeedMs', 'theoreticalPowerKw', 'windDirectionDeg'],
};

const sensorFields: FieldList<WireSensorReading> = {
  requiredTexts: ['time', 'metric', 'unit'],
  texts: [],
  numbers: ['value'],
};

const bayFields: FieldList<WireVehicleBayEvent> = {
  requiredTexts: ['time'],
  texts: ['city', 'vehicleId', 'vehicleType', 'stationId', 'tripId'],
  numbers: ['latitude', 'longitude', 'speedKmh', 'batteryPercent', 'odometerKm'],
};

/** The first fault of a reading, or undefined when it can become a record. */
export function faultOf(reading: WireReading): Fault | undefined {
  if (reading.vehicle !== undefined)
    return fieldFault(reading.vehicle, vehicleFields) ?? listFault(reading.vehicle.faults);
  if (reading.turbine !== undefined) return fieldFault(reading.turbine, turbineFields);
  if (reading.sensor !== undefined) return fieldFault(reading.sensor, sensorFields) ?? missingValue(reading.sensor);
  if (reading.bay !== undefined) return fieldFault(reading.bay, bayFields) ?? listFault(reading.bay.faults);
  return { field: 'kind', what: 'kind is not set, allowed is one of vehicle, turbine, sensor, bay' };
}

function fieldFault<T extends { readonly sequence?: number }>(reading: T, fields: FieldList<T>): Fault | undefined {
  for (const name of fields.requiredTexts) {
    const fault = textFault(name, reading[name] ?? '', 1);
    if (fault !== undefined) return fault;
  }
  for (const name of fields.texts) {
    const fault = textFault(name, reading[name] ?? '', 0);
    if (fault !== undefined) return fault;
  }
  for (const name of fields.numbers) {
    const value = reading[name] as number | undefined;
    if (value !== undefined && !Number.isFinite(value)) return fault(name, String(value), 'a finite number');
  }
  if (reading.sequence !== undefined && !Number.isSafeInteger(reading.sequence)) {
    return fault('sequence', `${reading.sequence}`, 'an integer of at most 53 bits');
  }
  return undefined;
}

function textFault(name: string, value: unknown, minLength: number): Fault | undefined {
  const length = typeof value === 'string' ? value.length : 0;
  if (length >= minLength && length <= maxTextLength) return undefined;
  if (length === 0) return fault(name, 'empty', `text of 1 to ${maxTextLength} characters`);
  return fault(name, `${length} characters long`, `at most ${maxTextLength}`);
}

function listFault(faults: readonly string[] | undefined): Fault | undefined {
  if (faults === undefined) return undefined;
  if (faults.length > maxFaults) return fault('faults', `a list of ${faults.length}`, `at most ${maxFaults}`);
  for (const text of faults) {
    const found = textFault('faults', text, 0);
    if (found !== undefined) return found;
  }
  return undefined;
}

function missingValue(reading: WireSensorReading): Fault | undefined {
  return reading.value === undefined ? fault('value', 'missing', 'a finite number') : undefined;
}

function fault(name: string, got: string, allowed: string): Fault {
  const field = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { field, what: `${field} is ${got}, allowed is ${allowed}` };
}
