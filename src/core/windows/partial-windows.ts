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
  /** Sum of the values, each rounded to a millionth, in millionths: exact, whatever way the readings were batched. */
  readonly totalMillionths: bigint;
  readonly maximum: number;
}

const million = 1_000_000;

/** A finite value in millionths. */
export function millionths(value: number): bigint {
  const scaled = Math.round(value * million);
  // Beyond the range of doubles once scaled; a value that large is whole.
  return Number.isFinite(scaled) ? BigInt(scaled) : BigInt(value) * BigInt(million);
}

/** Millionths as a decimal number, for example `-0.250000`. */
export function decimalOf(total: bigint): string {
  const digits = (total < 0n ? -total : total).toString().padStart(7, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

type Growing = { -readonly [K in keyof PartialWindow]: PartialWindow[K] };

/**
 * Sums readings by device, metric and window. Partial windows of disjoint sets of readings merge by adding counts and
 * totals and comparing extremes, so batches may be cut and ordered in any way and the result is the same to the bit.
 */
export function partialWindows(readings: Iterable<WindowReading>, lengthMs: number): readonly PartialWindow[] {
  const windows = new Map<string, Growing>();
  for (const { deviceId, timeMs, values } of readings) {
    const startMs = windowStartMs(timeMs, lengthMs);
    for (const { metric, unit, value } of values) {
      const key = `${deviceId}\n${metric}\n${startMs}`;
      const found = windows.get(key);
      const totalMillionths = millionths(value);
      if (found === undefined) {
        windows.set(key, {
          deviceId,
          metric,
          unit,
          startMs,
          count: 1,
          minimum: value,
          totalMillionths,
          maximum: value,
        });
        continue;
      }
      found.count += 1;
      found.totalMillionths += totalMillionths;
      if (value < found.minimum) found.minimum = value;
      if (value > found.maximum) found.maximum = value;
    }
  }
  return [...windows.values()];
}
