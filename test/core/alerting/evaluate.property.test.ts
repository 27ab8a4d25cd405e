import { expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, nat, property, record, tuple } from 'fast-check';
import type { VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import { type AlertMemory, emptyAlertMemory, evaluateVehicle } from '../../../src/core/alerting/evaluate.ts';
import { may1st, vehicleTelemetry } from '../../make/readings.ts';

const reading = record({
  batteryPercent: integer({ min: 10, max: 30 }),
  speedKmh: constantFrom(0, 50, 70),
  latitude: constantFrom(59.92, 59.5),
  faults: constantFrom<readonly string[]>([], ['brake']),
  emergency: constantFrom(null, 'crash'),
});

const stream = array(tuple(reading, integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 80 }).map((drawn) => {
  let second = 0;
  return drawn.map(([given, step], sequence) => {
    second += step;
    return vehicleTelemetry({ ...given, time: may1st + second * 1000, sequence });
  });
});

function alertsOf(readings: readonly VehicleTelemetry[]) {
  let memory: AlertMemory = emptyAlertMemory;
  return readings.flatMap((next) => {
    const result = evaluateVehicle(memory, next, (ruleId) => `${ruleId}@${next.sequence}`);
    memory = result.memory;
    return result.alerts;
  });
}

test('records delivered again, in part or whole, anywhere later, change no alert', () => {
  assert(
    property(stream, array(tuple(nat(), nat(), nat()), { maxLength: 8 }), (readings, repeats) => {
      const delivered = [...readings];
      for (const [from, length, wait] of repeats) {
        const start = from % readings.length;
        const part = readings.slice(start, start + 1 + (length % 30));
        const after = delivered.lastIndexOf(part.at(-1) ?? vehicleTelemetry()) + 1;
        delivered.splice(after + (wait % (delivered.length - after + 1)), 0, ...part);
      }
      expect(alertsOf(delivered)).toEqual(alertsOf(readings));
    }),
    { numRuns: 200 },
  );
});

test('every incident is raised once, cleared at most once, and never before it was raised', () => {
  assert(
    property(stream, (readings) => {
      const stories = Map.groupBy(alertsOf(readings), ({ incidentId }) => incidentId);
      for (const story of stories.values()) {
        expect(story.map(({ state }) => state)).toEqual(['RAISED', 'CLEARED'].slice(0, story.length));
      }
    }),
    { numRuns: 200 },
  );
});
