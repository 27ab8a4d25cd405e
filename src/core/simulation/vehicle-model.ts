import { distanceKm, headingDeg, moved, type Position } from '../geometry.ts';
import type { SimulatedCity } from './places.ts';
import { between, gaussian, type Random } from './random.ts';

/** What makes one kind of vehicle drive differently from another. */
export interface VehicleKind {
  readonly type: string;
  readonly topSpeedKmh: number;
  /** Usable battery, kWh. */
  readonly batteryKwh: number;
  /** Energy at a steady 30 km/h and 20 °C, kWh per km. */
  readonly kwhPerKm: number;
  /** Charging power, kW. */
  readonly chargeKw: number;
  /** Battery below which the vehicle stops to charge, percent. */
  readonly chargeBelow: number;
}

export const vehicleKinds = {
  car: { type: 'car', topSpeedKmh: 60, batteryKwh: 16, kwhPerKm: 0.13, chargeKw: 50, chargeBelow: 12 },
  van: { type: 'van', topSpeedKmh: 55, batteryKwh: 40, kwhPerKm: 0.24, chargeKw: 75, chargeBelow: 15 },
  scooter: { type: 'scooter', topSpeedKmh: 22, batteryKwh: 0.6, kwhPerKm: 0.016, chargeKw: 1.2, chargeBelow: 8 },
} as const satisfies Record<string, VehicleKind>;

export interface VehicleBody {
  readonly position: Position;
  readonly headingDeg: number;
  readonly speedKmh: number;
  readonly speedLimitKmh: number;
  readonly batteryPercent: number;
  readonly odometerKm: number;
  readonly temperatureC: number;
  readonly charging: boolean;
  /** Seconds left of a ride too fast or out of the city; 0 in normal driving. */
  readonly recklessSeconds: number;
  readonly outwards: boolean;
  readonly faults: readonly string[];
  readonly emergencySeconds: number;
}

const limits = [30, 40, 50] as const;
const faultCodes = ['brake_wear', 'light_front', 'tyre_pressure', 'battery_cell'] as const;

/** A vehicle somewhere in its city; every fourth starts with a battery that will soon be low. */
export function newVehicle(kind: VehicleKind, city: SimulatedCity, random: Random): VehicleBody {
  const nearlyEmpty = random() < 0.25;
  return {
    position: moved(city.centre, between(random, 0, 360), Math.sqrt(random()) * city.radiusKm),
    headingDeg: between(random, 0, 360),
    speedKmh: 0,
    speedLimitKmh: limits[Math.floor(random() * limits.length)] ?? 50,
    batteryPercent: nearlyEmpty ? kind.chargeBelow + between(random, 0.5, 2.5) : between(random, 40, 95),
    odometerKm: Math.round(between(random, 100, 60_000)),
    temperatureC: between(random, -5, 25),
    charging: false,
    recklessSeconds: 0,
    outwards: false,
    faults: [],
    emergencySeconds: 0,
  };
}

/** Where and how long a vehicle drives. */
export interface Ride {
  readonly kind: VehicleKind;
  readonly city: SimulatedCity;
  readonly seconds: number;
  readonly random: Random;
}

/**
 * The vehicle some seconds later. Speed follows the limit, the battery follows speed and cold, and now and then something
 * goes wrong: too fast, out of the city, a fault, an emergency.
 */
export function drive(before: VehicleBody, ride: Ride): VehicleBody {
  const { kind, seconds } = ride;
  if (before.charging) return charged(before, kind, seconds);
  const hours = seconds / 3600;
  const mood = moodOf(before, ride);
  const speedKmh =
    before.batteryPercent === 0 ? 0 : nextSpeed(before, mood.recklessSeconds > 0 && !mood.outwards, ride);
  const km = speedKmh * hours;
  const heading = nextHeading(before, mood.outwards, ride);
  // Electronics draw from the battery also while the vehicle stands.
  const energyKwh = km * consumption(kind, speedKmh, before.temperatureC) + kind.batteryKwh * 0.01 * hours;
  const batteryPercent = Math.max(0, before.batteryPercent - (100 * energyKwh) / kind.batteryKwh);
  return {
    ...before,
    ...mood,
    position: moved(before.position, heading, km),
    headingDeg: heading,
    speedKmh,
    speedLimitKmh: nextLimit(before.speedLimitKmh, ride),
    batteryPercent,
    odometerKm: before.odometerKm + km,
    charging: batteryPercent < kind.chargeBelow,
  };
}

function charged(before: VehicleBody, kind: VehicleKind, seconds: number): VehicleBody {
  // Charging slows down towards the end, as batteries demand.
  const power = kind.chargeKw * (before.batteryPercent > 80 ? (100 - before.batteryPercent) / 20 + 0.05 : 1);
  const batteryPercent = Math.min(100, before.batteryPercent + (100 * power * seconds) / 3600 / kind.batteryKwh);
  return { ...before, speedKmh: 0, batteryPercent, charging: batteryPercent < 90, recklessSeconds: 0, outwards: false };
}

function moodOf(before: VehicleBody, { seconds, random }: Ride) {
  const running = before.recklessSeconds > 0;
  const starts = !running && random() < seconds / 400;
  const recklessSeconds = starts ? between(random, 12, 40) : Math.max(0, before.recklessSeconds - seconds);
  const outwards = starts ? random() < 0.3 : before.outwards && recklessSeconds > 0;
  const emergencyStarts = before.emergencySeconds === 0 && random() < seconds / 20_000;
  return {
    recklessSeconds: starts && outwards ? recklessSeconds * 12 : recklessSeconds,
    outwards,
    faults: nextFaults(before.faults, seconds, random),
    emergencySeconds: emergencyStarts ? 5 : Math.max(0, before.emergencySeconds - seconds),
  };
}

function nextFaults(faults: readonly string[], seconds: number, random: Random): readonly string[] {
  if (faults.length > 0) return random() < seconds / 120 ? [] : faults;
  return random() < seconds / 1500 ? [faultCodes[Math.floor(random() * faultCodes.length)] ?? 'unknown'] : faults;
}

function nextLimit(limitKmh: number, { seconds, random }: Ride): number {
  return random() < seconds / 120 ? (limits[Math.floor(random() * limits.length)] ?? limitKmh) : limitKmh;
}

function nextSpeed(before: VehicleBody, reckless: boolean, { kind, seconds, random }: Ride): number {
  const wanted = Math.min(kind.topSpeedKmh, before.speedLimitKmh) * (reckless ? 1.3 : 0.9);
  const pause = !reckless && random() < seconds / 60;
  const target = pause ? 0 : wanted + gaussian(random) * 1.5;
  const step = Math.max(-12 * seconds, Math.min(6 * seconds, target - before.speedKmh));
  return Math.max(0, before.speedKmh + step);
}

function nextHeading(before: VehicleBody, outwards: boolean, { city, random }: Ride): number {
  if (outwards) return headingDeg(city.centre, before.position);
  if (distanceKm(city.centre, before.position) > city.radiusKm) return headingDeg(before.position, city.centre);
  return (before.headingDeg + gaussian(random) * 8 + 360) % 360;
}

/** Air drag grows with the square of speed, and cold costs heating and capacity. */
function consumption(kind: VehicleKind, speedKmh: number, temperatureC: number): number {
  const drag = 0.7 + 0.3 * (speedKmh / 30) ** 2;
  const cold = 1 + Math.max(0, 20 - temperatureC) * 0.012;
  return kind.kwhPerKm * drag * cold;
}
