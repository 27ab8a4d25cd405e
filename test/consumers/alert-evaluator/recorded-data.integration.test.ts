import { describe, expect, test } from '@jest/globals';
import type { ProfileName } from '../../../src/cli/replay-file/profile.ts';
import type { CleanedValue } from '../../../src/consumers/alert-evaluator/evaluate-record.ts';
import { makeEvaluatorProcessor } from '../../../src/consumers/alert-evaluator/processor.ts';
import type { BatchProcessor, Item } from '../../../src/consumers/batch/processor.ts';
import type { RawValue } from '../../../src/consumers/telemetry-cleaner/clean-record.ts';
import { makeCleanerProcessor } from '../../../src/consumers/telemetry-cleaner/processor.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { asItems, rawBatch, rawItem, signal } from '../../make/raw-items.ts';
import { recordedHere, recordedMessages, recordedNote } from '../../make/recorded-data.ts';

const topics = {
  TelemetryBatch: ['telemetry.raw.v1', 'vehicle.telemetry.v1'],
  TurbineReading: ['wind.turbine.raw', 'sensor.cleaned'],
  VehicleBayEvent: ['veh.events.raw', 'sensor.cleaned'],
} as const;

async function inBatches<T>(processor: BatchProcessor<T>, items: readonly Item<T>[]): Promise<string[]> {
  const fates: string[] = [];
  for (let from = 0; from < items.length; from += 500) {
    const outcomes = await processor.apply(rawBatch(items.slice(from, from + 500)), signal);
    fates.push(...outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.fate)));
  }
  return fates;
}

function counts(words: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const word of words) result[word] = (result[word] ?? 0) + 1;
  return result;
}

/** The whole way of a recorded file through both consumers. */
async function alertsOf(profile: ProfileName) {
  const messages = recordedMessages(profile);
  const subject = messages[0]?.subject ?? 'TelemetryBatch';
  const [rawTopic, cleanedTopic] = topics[subject];
  const store = new MemoryStateStore();
  const cleaned = new MemoryPublisher();
  const alerts = new MemoryPublisher();
  const devices = { factsOf: () => Promise.resolve(new Map()) };
  const raw = messages.map(({ value }, offset) => rawItem(offset, value, { topic: rawTopic }));
  await inBatches<RawValue>(makeCleanerProcessor({ store, publisher: cleaned, devices }), raw);
  const fates = await inBatches<CleanedValue>(
    makeEvaluatorProcessor({ store, publisher: alerts }),
    asItems(cleaned.published, cleanedTopic),
  );
  const values = alerts.published.map(({ value }) => value as { ruleId: string; state: string; incidentId: string });
  return { fates: counts(fates), alerts: counts(values.map(({ ruleId, state }) => `${state} ${ruleId}`)), values };
}

(recordedHere ? describe : describe.skip)(`real incidents${recordedNote}`, () => {
  test('the electric car: twice below 20 % battery, 15 times too fast for 5 s', async () => {
    const { fates, alerts, values } = await alertsOf('twizy');
    // The trip that stands out of order in the file is not judged: its story would be told backwards.
    expect(fates).toEqual({ applied: 37_153, filtered: 5903 });
    expect(alerts).toEqual({
      'RAISED battery-low': 2,
      'CLEARED battery-low': 2,
      'RAISED speeding': 15,
      'CLEARED speeding': 15,
    });
    expect(new Set(values.map(({ incidentId }) => incidentId)).size).toBe(17);
  });

  test('the wind turbine: 32 times an hour of good wind with less than a fifth of the possible power', async () => {
    const { fates, alerts } = await alertsOf('scada');
    expect(fates).toEqual({ applied: 50_530 });
    expect(alerts).toEqual({ 'RAISED turbine-power-low': 32, 'CLEARED turbine-power-low': 32 });
  });

  test('the bike trips raise nothing: stations have no rules', async () => {
    const { fates, alerts } = await alertsOf('bikes');
    expect(fates).toEqual({ applied: 28_866 });
    expect(alerts).toEqual({});
  });
});
