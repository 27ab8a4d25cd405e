import type { WindowReading } from './readings.ts';
import { windowStartMs } from './window.ts';

/** What a set of readings adds to one window of one device and metric. */
export interface PartialWindow {
  readonly deviceId: string;
  readonly metric: string;
  readonly unit: string;
  /** ms since 1970-01-01 UTC. */
  readonly startMs: number;
  readonly count: number;
  readonly minimum: number;
  readonly total: number;
  readonly maximum: number;
}

type Growing = { -readonly [K in keyof PartialWindow]: PartialWindow[K] };

/**
 * Sums readings by device, metric and window. Partial windows of disjoint sets of readings merge by adding counts and
 * totals and comparing extremes, so batches may be cut and ordered in any way; totals are floating sums and differ
 * by rounding only.
 */
export function partialWindows(readings: Iterable<WindowReading>, lengthMs: number): readonly PartialWindow[] {
  const windows = new Map<string, Growing>();
  for (const { deviceId, timeMs, values } of readings) {
    const startMs = windowStartMs(timeMs, lengthMs);
    for (const { metric, unit, value } of values) {
      const key = `${deviceId}\n${metric}\n${startMs}`;
      const found = windows.get(key);
      if (found === undefined) {
        windows.set(key, { deviceId, metric, unit, startMs, count: 1, minimum: value, total: value, maximum: value });
        continue;
      }
      found.count += 1;
      found.total += value;
      if (value < found.minimum) found.minimum = value;
      if (value > found.maximum) found.maximum = value;
    }
  }
  return [...windows.values()];
}
