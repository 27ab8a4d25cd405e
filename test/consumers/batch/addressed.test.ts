import { describe, expect, test } from '@jest/globals';
import { headers } from '../../../src/catalogue/headers.ts';
import { parseMetricsLine } from '../../../src/core/embedded-metrics.ts';
import type { SkippedRecord, SkippingConsumer } from '../../../src/postgres/skipped-records.ts';
import { dependency, ScriptedProcessor, testConsumer, testEngine } from '../../make/batch-engine.ts';
import { cloudEventHeaders, lambdaContext, mskEvent, mskRecord } from '../../make/msk-event.ts';

const addressed = (offset: number, addressee: string, value = '{}') =>
  mskRecord({
    offset,
    value,
    headers: {
      ...cloudEventHeaders(`event-${offset}`),
      [headers.addressedTo]: addressee,
      [headers.origin]: 'vehicle.telemetry.v1/0/1',
    },
  });

function recorder() {
  const recorded: { readonly at: SkippingConsumer; readonly skips: readonly SkippedRecord[] }[] = [];
  const recordSkips = async (at: SkippingConsumer, skips: readonly SkippedRecord[]) => {
    recorded.push({ at, skips });
  };
  return { recorded, recordSkips };
}

describe('a record addressed to one consumer', () => {
  test('is applied by that one, between its neighbours', async () => {
    const processor = new ScriptedProcessor();
    const { recorded, recordSkips } = recorder();
    const { handler } = testEngine(processor, { recordSkips });
    const event = mskEvent([mskRecord({ offset: 1 }), addressed(2, testConsumer.name), mskRecord({ offset: 3 })]);
    expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(processor.calls).toEqual([[1, 2, 3]]);
    expect(recorded).toEqual([]);
  });

  test('is skipped by another one, with the reason stored and counted, even when it could not be decoded', async () => {
    const processor = new ScriptedProcessor();
    const { recorded, recordSkips } = recorder();
    const { handler, metrics, deadLetters } = testEngine(processor, { recordSkips });
    const event = mskEvent([mskRecord({ offset: 1 }), addressed(2, 'somebody-else', '{"broken":true}')]);
    expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(processor.calls).toEqual([[1]]);
    expect(deadLetters.letters).toEqual([]);
    expect(recorded).toEqual([
      {
        at: { consumer: 'test-consumer', topic: 'vehicle.telemetry.v1', partition: 0 },
        skips: [
          {
            offset: 2,
            item: -1,
            eventId: 'event-2',
            reason: 'addressed-to-another-consumer',
            detail: 'for somebody-else, repeats vehicle.telemetry.v1/0/1',
          },
        ],
      },
    ]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({
      applied: 1,
      skipped: { 'addressed-to-another-consumer': 1 },
      deadLettered: 0,
    });
  });

  test('is handed back with its partition when the skip cannot be stored, and nothing is applied past it', async () => {
    const processor = new ScriptedProcessor();
    const { handler } = testEngine(processor, { recordSkips: () => Promise.reject(dependency()) });
    const event = mskEvent([mskRecord({ offset: 1 }), addressed(2, 'somebody-else'), mskRecord({ offset: 3 })]);
    expect(await handler(event, lambdaContext())).toEqual({
      batchItemFailures: [1, 2, 3].map((offset) => ({
        itemIdentifier: { partition: 'vehicle.telemetry.v1-0', offset },
      })),
      waitingPartitions: ['vehicle.telemetry.v1-0'],
    });
    expect(processor.calls).toEqual([]);
  });
});
