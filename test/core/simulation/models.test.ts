import { describe, expect, test } from '@jest/globals';
import { distanceKm } from '../../../src/core/geometry.ts';
import { simulatedCities } from '../../../src/core/simulation/places.ts';
import { gaussian, seededRandom } from '../../../src/core/simulation/random.ts';
import { newTurbine, ratedPowerKw, theoreticalPower, turn } from '../../../src/core/simulation/turbine-model.ts';
import {
  drive,
  newVehicle,
  type VehicleBody,
  type VehicleKind,
  vehicleKinds,
} from '../../../src/core/simulation/vehicle-model.ts';

const [oslo] = simulatedCities;
if (oslo === undefined) throw new Error('a city is needed');

function ride(kind: VehicleKind, seconds: number, change: Partial<VehicleBody> = {}): VehicleBody[] {
  const random = seededRandom(7);
  const bodies: VehicleBody[] = [{ ...newVehicle(kind, oslo ?? neverCity(), random), batteryPercent: 90, ...change }];
  for (let second = 0; second < seconds; second += 1) {
    const last = bodies.at(-1);
    if (last !== undefined) bodies.push(drive(last, { kind, city: oslo ?? neverCity(), seconds: 1, random }));
  }
  return bodies;
}

function neverCity(): never {
  throw new Error('a city is needed');
}

const used = (bodies: readonly VehicleBody[]) => {
  const [first, last] = [bodies[0], bodies.at(-1)];
  return {
    battery: (first?.batteryPercent ?? 0) - (last?.batteryPercent ?? 0),
    km: (last?.odometerKm ?? 0) - (first?.odometerKm ?? 0),
  };
};

const draw = (seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 1000 }, () => random());
};

describe('random numbers', () => {
  test('are the same for the same seed, and lie from 0 up to 1', () => {
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(5).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  test('of the bell curve have mean 0 and deviation 1', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 20_000 }, () => gaussian(random));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('a vehicle', () => {
  test('uses energy as its kind does: a car 8 to 25 kWh on 100 km', () => {
    const { battery, km } = used(ride(vehicleKinds.car, 1800, { temperatureC: 15 }));
    const kwhPer100Km = ((battery / 100) * vehicleKinds.car.batteryKwh * 100) / km;
    expect(km).toBeGreaterThan(5);
    expect(kwhPer100Km).toBeGreaterThan(8);
    expect(kwhPer100Km).toBeLessThan(25);
  });

  test('goes less far in the cold', () => {
    const mild = used(ride(vehicleKinds.scooter, 600, { temperatureC: 20 }));
    const cold = used(ride(vehicleKinds.scooter, 600, { temperatureC: -10 }));
    expect(cold.battery / cold.km).toBeGreaterThan(1.2 * (mild.battery / mild.km));
  });

  test('charges when it is nearly empty, and drives on when it is nearly full', () => {
    const bodies = ride(vehicleKinds.car, 1500, { batteryPercent: 12.1 });
    const start = bodies.findIndex(({ charging }) => charging);
    const end = bodies.findIndex(({ charging }, index) => index > start && !charging);
    expect(start).toBeGreaterThan(0);
    expect(bodies[end]?.batteryPercent).toBeGreaterThan(85);
    expect(bodies.slice(start + 1, end).every(({ speedKmh }) => speedKmh === 0)).toBe(true);
    expect(Math.min(...bodies.map(({ batteryPercent }) => batteryPercent))).toBeGreaterThan(0);
  });

  test('moves as fast as it says, in steps that no receiver would doubt', () => {
    const bodies = ride(vehicleKinds.van, 300);
    const errors = bodies.slice(1).map((body, index) => {
      const before = bodies[index] ?? body;
      return Math.abs(distanceKm(before.position, body.position) - body.speedKmh / 3600);
    });
    expect(Math.max(...errors)).toBeLessThan(0.0001);
    expect(Math.max(...bodies.map(({ speedKmh }) => speedKmh))).toBeLessThan(vehicleKinds.van.topSpeedKmh * 1.4);
  });
});

describe('a turbine', () => {
  test.each([
    [0, 0],
    [2.9, 0],
    [13, ratedPowerKw],
    [24.9, ratedPowerKw],
    [25, 0],
  ])('at %p m/s can give %p kW', (wind, power) => {
    expect(theoreticalPower(wind)).toBe(power);
  });

  test('follows its curve but for the times it stands', () => {
    const random = seededRandom(3);
    let body = newTurbine(random);
    let standing = 0;
    let shares = 0;
    let running = 0;
    for (let reading = 0; reading < 5000; reading += 1) {
      body = turn(body, random);
      const possible = theoreticalPower(body.windMs);
      if (body.downReadings > 0) standing += 1;
      else if (possible > 500) {
        shares += body.powerKw / possible;
        running += 1;
      }
    }
    expect(shares / running).toBeGreaterThan(0.9);
    expect(shares / running).toBeLessThan(1);
    expect(standing).toBeGreaterThan(20);
    expect(standing).toBeLessThan(1000);
  });
});
