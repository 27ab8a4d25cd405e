import { type PartialWindow, partialWindows } from '../../core/windows/partial-windows.ts';
import { cleanedWindowReading, vehicleWindowReading, type WindowReading } from '../../core/windows/readings.ts';
import { windowLengthsMs, windowStartMs } from '../../core/windows/window.ts';
import type { Pool } from '../../postgres/pool.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch } from '../batch/processor.ts';
import { type Cleaned, isVehicle } from '../cleaned-item.ts';
import { type AppliedReading, WindowStore } from './window-store.ts';

export const windowAggregator = 'window-aggregator';

const applied: Outcome = { fate: 'applied' };
const duplicate: Outcome = { fate: 'skipped', reason: 'duplicate' };

interface Reading extends AppliedReading {
  readonly window: WindowReading;
}

/**
 * Adds cleaned readings to the ten-minute windows of their device. A set of event ids says which readings the windows
 * contain, so redeliveries, second copies and a late redrive of a single record add nothing, in any order.
 */
export function makeWindowProcessor(pool: Pool): BatchProcessor<Cleaned> {
  const store = new WindowStore(pool, windowAggregator);
  return {
    async apply(batch) {
      const { fresh, repeated } = withoutRepeats(batch);
      await store.ensurePartitions(
        fresh.map(({ timeMs }) => timeMs),
        fresh.map(({ timeMs }) => windowStartMs(timeMs, windowLengthsMs.tenMinutes)),
      );
      const skipped =
        repeated.length === 0 && (await store.addNew(batch, { readings: fresh, windows: windowsOf(fresh) }))
          ? new Set<number>()
          : await store.addSome(batch, { readings: fresh, repeated, windowsOf });
      return batch.items.map(({ offset }) => (skipped.has(offset) ? duplicate : applied));
    },
  };
}

function windowsOf(readings: readonly Reading[]): readonly PartialWindow[] {
  return partialWindows(
    readings.map(({ window }) => window),
    windowLengthsMs.tenMinutes,
  );
}

/** Splits off later copies of an event within the batch: the first one counts. */
function withoutRepeats({ items }: PartitionBatch<Cleaned>) {
  const fresh: Reading[] = [];
  const repeated: Reading[] = [];
  const seen = new Set<string>();
  for (const item of items) {
    const reading = readingOf(item);
    if (seen.has(reading.eventId)) repeated.push(reading);
    else fresh.push(reading);
    seen.add(reading.eventId);
  }
  return { fresh, repeated };
}

function readingOf({ value, event, offset }: Item<Cleaned>): Reading {
  const window = isVehicle(value) ? vehicleWindowReading(value) : cleanedWindowReading(value);
  return { eventId: storedEventId(event.id), offset, deviceId: window.deviceId, timeMs: window.timeMs, window };
}
