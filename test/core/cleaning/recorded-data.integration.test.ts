import { describe, expect, test } from '@jest/globals';
import type { CleanedReading, VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import type { DeviceMessage } from '../../../src/cli/devices/device-message.ts';
import { cleanStationEvent } from '../../../src/core/cleaning/clean-bay-event.ts';
import {
  cleanTurbineReading,
  emptyReadingMemory,
  type ReadingMemory,
} from '../../../src/core/cleaning/clean-reading.ts';
import { cleanTelemetryBatch } from '../../../src/core/cleaning/clean-telemetry-batch.ts';
import { emptyVehicleMemory, type VehicleMemory } from '../../../src/core/cleaning/clean-vehicle.ts';
import { unknownDevice } from '../../../src/core/cleaning/device.ts';
import type { Verdict } from '../../../src/core/cleaning/verdict.ts';
import { recordedHere, recordedMessages, recordedNote } from '../../make/recorded-data.ts';

const context = { device: unknownDevice, receivedAt: Date.UTC(2026, 4, 1) };

function vehicleVerdicts(messages: readonly DeviceMessage[]): Verdict<VehicleTelemetry>[] {
  const memories = new Map<string, VehicleMemory>();
  return messages.flatMap((message) => {
    if (message.subject !== 'TelemetryBatch') throw new Error(message.subject);
    const result = cleanTelemetryBatch(memories.get(message.deviceId) ?? emptyVehicleMemory, message.value, context);
    memories.set(message.deviceId, result.memory);
    return result.verdicts;
  });
}

function readingVerdicts(messages: readonly DeviceMessage[]): Verdict<CleanedReading>[] {
  const memories = new Map<string, ReadingMemory>();
  return messages.map(({ deviceId, subject, value }) => {
    if (subject === 'TelemetryBatch') throw new Error(subject);
    const memory = memories.get(deviceId) ?? emptyReadingMemory;
    const step =
      subject === 'TurbineReading'
        ? cleanTurbineReading(memory, value, context)
        : cleanStationEvent(memory, value, context);
    memories.set(deviceId, step.memory);
    return step.verdict;
  });
}

/** How often each fate and each flag occurs. */
function counts(verdicts: readonly Verdict<VehicleTelemetry | CleanedReading>[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const verdict of verdicts) {
    const words = verdict.fate === 'cleaned' ? ['cleaned', ...verdict.cleaned.quality] : [verdict.fate];
    for (const word of words) count[word] = (count[word] ?? 0) + 1;
  }
  return count;
}

(recordedHere ? describe : describe.skip)(`the recorded files${recordedNote}`, () => {
  test('every row of the electric car has a fate that the file explains', () => {
    const verdicts = vehicleVerdicts(recordedMessages('twizy'));
    expect(counts(verdicts)).toEqual({
      cleaned: 43_056,
      // The rows with dates such as 90/02/2032; their time of day is right.
      TIME_REPAIRED: 170,
      // Rows 14,594 to 14,597 at latitude 0.
      POSITION_REPAIRED: 4,
      // Altitude -111 m.
      OUT_OF_RANGE: 111,
      // The receiver has a new fix about every 10 s; in between the position repeats while the car drives.
      POSITION_STUCK: 33_283,
      // Four times the next trip of a log, three times a trip that was cut: 1.9 km in 4 s and such.
      GAP_BEFORE: 7,
      // The morning trip of 30 June stands behind the afternoon trip.
      LATE: 5903,
      OUT_OF_ORDER: 5903,
    });
  });

  test('each repaired time lies between those of the rows around it', () => {
    const readings = vehicleVerdicts(recordedMessages('twizy')).flatMap((verdict) =>
      verdict.fate === 'cleaned' ? [verdict.cleaned] : [],
    );
    const repaired = readings.flatMap((reading, index) => (reading.quality.includes('TIME_REPAIRED') ? [index] : []));
    const steps = repaired.flatMap((index) => {
      const [before, here, after] = readings.slice(index - 1, index + 2).map(({ time }) => time);
      return [(here ?? 0) - (before ?? 0), (after ?? 0) - (here ?? 0)];
    });
    expect(new Set(steps)).toEqual(new Set([1000]));
    expect(readings.every(({ time }) => new Date(time).getUTCFullYear() === 2021)).toBe(true);
  });

  test('every row of the turbine is cleaned, and the 32 gaps are found', () => {
    const verdicts = readingVerdicts(recordedMessages('scada'));
    expect(counts(verdicts)).toEqual({ cleaned: 50_530, GAP_BEFORE: 32 });
    const powers = verdicts.flatMap((verdict) =>
      verdict.fate === 'cleaned'
        ? [verdict.cleaned.measurements.find(({ metric }) => metric === 'activePower')?.value ?? 0]
        : [],
    );
    expect(powers.filter((power) => power < 0)).toHaveLength(57);
  });

  test('every trip is two events, and the row that the file has twice is found', () => {
    const verdicts = readingVerdicts(recordedMessages('bikes'));
    expect(counts(verdicts)).toEqual({ cleaned: 2 * 14_434 - 2, duplicate: 2 });
  });
});
