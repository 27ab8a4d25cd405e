import { bayEventOf, turbineReadingOf, vehicleReadingOf } from '../../core/simulation/device-readings.ts';
import { type SimulatedCity, simulatedCities } from '../../core/simulation/places.ts';
import { type Random, seededRandom } from '../../core/simulation/random.ts';
import { newTurbine, turn } from '../../core/simulation/turbine-model.ts';
import { drive, newVehicle, type VehicleKind, vehicleKinds } from '../../core/simulation/vehicle-model.ts';
import type { DeviceMessage } from '../devices/device-message.ts';

/** How many devices there are of each kind. */
export interface Population {
  /** Own vehicles: cars, and every fifth a van. */
  readonly vehicles: number;
  /** Shared scooters. */
  readonly scooters: number;
  readonly turbines: number;
  /** Readings that a vehicle gathers into one message; the others send each by itself. */
  readonly batch: number;
  readonly seed: number;
}

/** A device that lives as long as the simulation. */
export interface SimulatedDevice {
  readonly id: string;
  /** Readings in each of its messages. */
  readonly readings: number;
  /** Moves on by `seconds` and tells about them; the last reading is of `untilMs`. */
  next(untilMs: number, seconds: number): DeviceMessage;
}

/** The devices in the order in which they send; the same seed makes the same devices with the same lives. */
export function makeDevices(population: Population): readonly SimulatedDevice[] {
  const devices: SimulatedDevice[] = [];
  for (let index = 0; index < Math.max(population.vehicles, population.scooters, population.turbines); index += 1) {
    const random = (kind: number) => seededRandom(population.seed * 1_000_003 + index * 3 + kind);
    if (index < population.vehicles) devices.push(ownVehicle(index, population.batch, random(0)));
    if (index < population.scooters) devices.push(scooter(index, random(1)));
    if (index < population.turbines) devices.push(turbine(index, random(2)));
  }
  return devices;
}

const cityOf = (index: number): SimulatedCity => {
  const [first, second] = simulatedCities;
  if (first === undefined || second === undefined) throw new Error('two cities are needed');
  return index % 2 === 0 ? first : second;
};

const numbered = (name: string, index: number) => `sim-${name}-${String(index + 1).padStart(3, '0')}`;

function ownVehicle(index: number, batch: number, random: Random): SimulatedDevice {
  const kind: VehicleKind = index % 5 === 4 ? vehicleKinds.van : vehicleKinds.car;
  const city = cityOf(index);
  const id = numbered(kind.type, index);
  let body = newVehicle(kind, city, random);
  let sequence = 0;
  return {
    id,
    readings: batch,
    next(untilMs, seconds) {
      const step = seconds / batch;
      const readings = Array.from({ length: batch }, (_, place) => {
        body = drive(body, { kind, city, seconds: step, random });
        sequence += 1;
        const ms = Math.round(untilMs - (batch - 1 - place) * step * 1000);
        return vehicleReadingOf(body, { ms, sequence }, random);
      });
      const value = { deviceId: id, vehicleType: kind.type, sentAt: Math.round(untilMs), readings };
      return { subject: 'TelemetryBatch', deviceId: id, readings: batch, atMs: untilMs, value };
    },
  };
}

function scooter(index: number, random: Random): SimulatedDevice {
  const kind = vehicleKinds.scooter;
  const city = cityOf(index);
  const id = numbered('scooter', index);
  const names = { sourceId: id, city: city.name, vehicleType: kind.type };
  let body = newVehicle(kind, city, random);
  let sequence = 0;
  return {
    id,
    readings: 1,
    next(untilMs, seconds) {
      body = drive(body, { kind, city, seconds, random });
      sequence += 1;
      const value = bayEventOf(body, { ms: untilMs, sequence }, names);
      return { subject: 'VehicleBayEvent', deviceId: id, readings: 1, atMs: untilMs, value };
    },
  };
}

function turbine(index: number, random: Random): SimulatedDevice {
  const id = numbered('turbine', index);
  let body = newTurbine(random);
  let sequence = 0;
  return {
    id,
    readings: 1,
    next(untilMs, seconds) {
      body = turn(body, random);
      sequence += 1;
      const value = turbineReadingOf(body, { ms: untilMs, sequence }, { turbineId: id, seconds });
      return { subject: 'TurbineReading', deviceId: id, readings: 1, atMs: untilMs, value };
    },
  };
}
