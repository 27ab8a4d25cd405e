import { describe, expect, test } from '@jest/globals';
import { judgeTrip, type TripMemory, type TripReading } from '../../../src/core/fleet/trips.ts';
import { may1st } from '../../make/readings.ts';

const seconds = (count: number) => may1st + count * 1000;

const reading = (atSeconds: number, given: Partial<TripReading> = {}): TripReading => ({
  time: seconds(atSeconds),
  latitude: 59.91,
  longitude: 10.75,
  speedKmh: 30,
  batteryPercent: 80,
  odometerKm: null,
  distanceKm: 0.1,
  tripId: null,
  ...given,
});

const standing = { speedKmh: 0, distanceKm: 0 } as const;

/** What is told of readings that come in this order, as `STATUS trip @seconds`. */
function told(readings: readonly TripReading[]) {
  let memory: TripMemory | undefined;
  let trips = 0;
  const lines: string[] = [];
  for (const one of readings) {
    const judged = judgeTrip(memory, one, () => `made-${++trips}`);
    if (judged === 'late') {
      lines.push('late');
      continue;
    }
    memory = judged.memory;
    for (const { status, trip, atMs, distanceKm, drivenMs } of judged.steps) {
      const facts = `${distanceKm.toFixed(1)} km ${drivenMs / 1000} s`;
      lines.push(`${status} ${trip.tripId} @${(atMs - may1st) / 1000}${status === 'STARTED' ? '' : ` ${facts}`}`);
    }
  }
  return lines;
}

describe('a trip without a name', () => {
  test('begins when the vehicle moves and ends where it came to stand for ten minutes', () => {
    const lines = told([
      reading(0, standing),
      reading(60),
      reading(120),
      reading(180, standing),
      reading(780, standing),
    ]);
    expect(lines).toEqual(['STARTED made-1 @60', 'COMPLETED made-1 @180 0.1 km 120 s']);
  });

  test('goes on after a pause, which does not count as driving', () => {
    const lines = told([reading(0), reading(60, standing), reading(180, standing), reading(300), reading(360)]);
    expect(lines).toEqual(['STARTED made-1 @0', 'PAUSED made-1 @60 0.0 km 60 s', 'RESUMED made-1 @300 0.1 km 60 s']);
  });

  test('goes on over a red light without a word', () => {
    expect(told([reading(0), reading(10, standing), reading(65, standing), reading(66)])).toEqual([
      'STARTED made-1 @0',
    ]);
  });

  test('ends with the last reading before a long gap, and another begins behind it', () => {
    const lines = told([reading(0), reading(60), reading(60 + 1801)]);
    expect(lines).toEqual(['STARTED made-1 @0', 'COMPLETED made-1 @60 0.1 km 60 s', 'STARTED made-2 @1861']);
  });

  test('ends when the vehicle names one', () => {
    const lines = told([reading(0), reading(60), reading(61, { tripId: 'a' })]);
    expect(lines).toEqual(['STARTED made-1 @0', 'COMPLETED made-1 @60 0.1 km 60 s', 'STARTED a @61']);
  });
});

describe('a trip that the vehicle names', () => {
  test('lasts as long as its name, also where it stands', () => {
    const named = { tripId: 'a' };
    const lines = told([
      reading(0, { ...named, ...standing }),
      reading(700, { ...named, ...standing }),
      reading(710, named),
      reading(720),
    ]);
    expect(lines).toEqual([
      'STARTED a @0',
      'PAUSED a @0 0.0 km 0 s',
      'RESUMED a @710 0.1 km 0 s',
      'COMPLETED a @710 0.1 km 0 s',
      'STARTED made-1 @720',
    ]);
  });

  test('may be told late as a whole, and is told once', () => {
    const lines = told([
      reading(1000, { tripId: 'b' }),
      reading(1060, { tripId: 'b' }),
      reading(0, { tripId: 'a' }),
      reading(60, { tripId: 'a' }),
      reading(1060, { tripId: 'b' }),
      reading(2000, { ...standing }),
    ]);
    expect(lines).toEqual([
      'STARTED b @1000',
      'COMPLETED b @1060 0.1 km 60 s',
      'STARTED a @0',
      // A second copy of what is over: too late to tell anything.
      'late',
      'COMPLETED a @60 0.1 km 60 s',
    ]);
  });
});

test('readings that are no newer than the newest tell nothing', () => {
  expect(told([reading(60), reading(60), reading(30), reading(61)])).toEqual(['STARTED made-1 @60', 'late', 'late']);
});

const toOdometer = (odometerKm: number) =>
  told([
    reading(0, { odometerKm: 1000 }),
    reading(60, { odometerKm, distanceKm: 0.4 }),
    reading(61, { tripId: 'x' }),
  ])[1];

test('the odometer is believed before positions, except when it runs backwards', () => {
  expect(toOdometer(1001)).toBe('COMPLETED made-1 @60 1.0 km 60 s');
  expect(toOdometer(3)).toBe('COMPLETED made-1 @60 0.4 km 60 s');
});

test('a jump of the receiver is no way driven', () => {
  expect(told([reading(0), reading(60, { distanceKm: 4800 }), reading(61, { tripId: 'x' })])[1]).toBe(
    'COMPLETED made-1 @60 0.0 km 60 s',
  );
});
