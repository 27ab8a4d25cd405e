import { describe, expect, test } from '@jest/globals';
import { capacityLevel, supplyOf } from '../../../src/core/fleet/capacity.ts';
import { type Candidate, chooseVehicle } from '../../../src/core/fleet/dispatch.ts';
import { type EmergencyMemory, emergencyStep, judgeEmergency } from '../../../src/core/fleet/emergency.ts';
import { energyKwh } from '../../../src/core/fleet/energy.ts';
import { isBusSilent, isSilent } from '../../../src/core/fleet/silence.ts';

/** Kinds that begin, by reading; seconds and signals. */
function raised(readings: readonly (readonly [seconds: number, emergency: string | null])[]) {
  let memory: EmergencyMemory | undefined;
  return readings.map(([seconds, emergency]) => {
    const judged = judgeEmergency(memory, { time: seconds * 1000, emergency });
    if (judged === 'late') return 'late';
    memory = judged.memory;
    return judged.raised?.kind ?? null;
  });
}

describe('an emergency', () => {
  test('begins once, however long its signal stays on', () => {
    expect(
      raised([
        [0, null],
        [1, 'crash'],
        [2, 'crash'],
        [3, 'crash'],
      ]),
    ).toEqual([null, 'CRASH', null, null]);
  });

  test('begins anew after three quiet readings over ten seconds, and not after fewer', () => {
    expect(
      raised([
        [0, 'sos'],
        [1, null],
        [2, 'sos'],
      ]),
    ).toEqual(['PANIC', null, null]);
    expect(
      raised([
        [0, 'sos'],
        [1, null],
        [5, null],
        [11, null],
        [12, 'sos'],
      ]),
    ).toEqual(['PANIC', null, null, null, 'PANIC']);
  });

  test('of another kind is another one, and an unknown signal is taken seriously', () => {
    expect(
      raised([
        [0, 'crash'],
        [1, 'fire'],
        [2, 'flood'],
      ]),
    ).toEqual(['CRASH', 'FIRE', 'UNKNOWN']);
  });

  test('is raised although an ordinary reading has overtaken its signal', () => {
    expect(
      raised([
        [10, null],
        [9, 'crash'],
        [11, 'crash'],
      ]),
    ).toEqual([null, 'CRASH', null]);
  });

  test('is not raised again by a signal from before its end', () => {
    expect(
      raised([
        [0, 'crash'],
        [2, null],
        [6, null],
        [12, null],
        [5, 'crash'],
        [13, null],
      ]),
    ).toEqual(['CRASH', null, null, null, 'late', null]);
  });

  test('is not ended by readings from before its signal', () => {
    expect(
      raised([
        [30, 'crash'],
        [10, null],
        [20, null],
        [29, null],
        [31, 'crash'],
      ]),
    ).toEqual(['CRASH', 'late', 'late', 'late', null]);
  });

  test('is remembered only since its signal: an ordinary reading leaves nothing behind', () => {
    const quiet = judgeEmergency(undefined, { time: 1000, emergency: null });
    expect(quiet).toEqual({ memory: undefined, raised: null });
  });

  test('is resolved only after somebody has looked at it', () => {
    expect(emergencyStep('RAISED', 'resolve')).toBeNull();
    expect(emergencyStep('ACKNOWLEDGED', 'resolve')).toBe('RESOLVED');
    expect(emergencyStep('RAISED', 'false-alarm')).toBe('FALSE_ALARM');
    expect(emergencyStep('RESOLVED', 'respond')).toBeNull();
  });
});

const silent = (status: 'MOVING' | 'STANDING' | 'PARKED' | 'CHARGING', ms: number) =>
  isSilent({ status, heardAtMs: 0 }, ms);

describe('silence', () => {
  test('counts from five minutes on, for vehicles that should report', () => {
    expect([silent('MOVING', 299_999), silent('MOVING', 300_000), silent('STANDING', 300_000)]).toEqual([
      false,
      true,
      true,
    ]);
    expect([silent('PARKED', 9e9), silent('CHARGING', 9e9)]).toEqual([false, false]);
  });

  test('of more than half of ten vehicles is the silence of the bus', () => {
    expect([isBusSilent(1, 1), isBusSilent(9, 9), isBusSilent(5, 10), isBusSilent(6, 10)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('a dispatch', () => {
  const pickup = { latitude: 59.91, longitude: 10.75 };
  const vehicle = (vehicleId: string, north: number, given: Partial<Candidate> = {}): Candidate => ({
    vehicleId,
    vehicleType: 'van',
    status: 'STANDING',
    batteryPercent: 80,
    position: { latitude: pickup.latitude + north, longitude: pickup.longitude },
    heardAtMs: 0,
    ...given,
  });

  test('goes to the nearest, a fuller battery deciding between neighbours', () => {
    expect(chooseVehicle(pickup, [vehicle('far', 0.03), vehicle('near', 0.01)], 0)).toMatchObject({
      vehicleId: 'near',
      candidates: 2,
    });
    const full = vehicle('full', 0.012, { batteryPercent: 100 });
    expect(chooseVehicle(pickup, [vehicle('near', 0.01), full], 0)?.vehicleId).toBe('full');
  });

  test.each<[string, Partial<Candidate>]>([
    ['is moving', { status: 'MOVING' }],
    ['charges', { status: 'CHARGING' }],
    ['has no charge to speak of', { batteryPercent: 19 }],
    ['has a charge that nobody knows', { batteryPercent: null }],
    ['is a bike', { vehicleType: 'bike' }],
    ['stood five minutes ago', { heardAtMs: -300_001 }],
    ['is out of reach', { position: { latitude: 60.1, longitude: 10.75 } }],
  ])('passes over a vehicle that %s', (_what, given) => {
    expect(chooseVehicle(pickup, [vehicle('one', 0.01, given)], 0)).toBeNull();
  });

  test('takes a parked vehicle that slept for hours', () => {
    expect(
      chooseVehicle(pickup, [vehicle('one', 0.01, { status: 'PARKED', heardAtMs: -20 * 3_600_000 })], 0),
    ).not.toBeNull();
  });
});

describe('capacity', () => {
  const base = { status: 'PARKED', batteryPercent: 80, taken: false, outOfService: false } as const;

  test('counts every vehicle once', () => {
    const vehicles = [
      base,
      { ...base, taken: true },
      { ...base, status: 'MOVING' as const },
      { ...base, status: 'CHARGING' as const, taken: true },
      { ...base, batteryPercent: 5 },
      { ...base, outOfService: true, taken: true },
    ];
    expect(supplyOf(vehicles)).toEqual({ total: 6, available: 1, inUse: 2, charging: 1, outOfService: 2 });
  });

  test.each([
    ['EXHAUSTED', 10, 0, 0],
    ['SHORTAGE', 10, 2, 3],
    ['SHORTAGE', 30, 2, 0],
    ['SURPLUS', 10, 8, 0],
    ['BALANCED', 10, 8, 1],
    ['BALANCED', 4, 4, 0],
  ])('is %s with %d vehicles, %d of them free, and %d requests', (...[level, total, available, open]) => {
    expect(capacityLevel({ total, available, inUse: 0, charging: 0, outOfService: 0 }, open)).toBe(level);
  });
});

test('energy is the share of the battery that was used, and unknown where anything is', () => {
  expect(energyKwh(6, 80, 30)).toBeCloseTo(3);
  expect(energyKwh(6, 30, 80)).toBeCloseTo(-3);
  expect([energyKwh(null, 80, 30), energyKwh(6, null, 30), energyKwh(6, 80, null)]).toEqual([null, null, null]);
});
