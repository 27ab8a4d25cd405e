import { between, gaussian, type Random } from './random.ts';

/** A 3.6 MW machine: power in kW by wind in m/s, between cut-in and cut-out. */
export const ratedPowerKw = 3600;
const cutInMs = 3;
const ratedWindMs = 13;
const cutOutMs = 25;

/** Power that the machine can give at a wind speed, kW. */
export function theoreticalPower(windMs: number): number {
  if (windMs < cutInMs || windMs >= cutOutMs) return 0;
  if (windMs >= ratedWindMs) return ratedPowerKw;
  const share = (windMs ** 3 - cutInMs ** 3) / (ratedWindMs ** 3 - cutInMs ** 3);
  return ratedPowerKw * share;
}

export interface TurbineBody {
  readonly windMs: number;
  readonly windDirectionDeg: number;
  readonly powerKw: number;
  /** Readings left of a standstill; 0 in normal operation. */
  readonly downReadings: number;
}

export function newTurbine(random: Random): TurbineBody {
  return { windMs: between(random, 6, 14), windDirectionDeg: between(random, 0, 360), powerKw: 0, downReadings: 0 };
}

/** The next reading: wind wanders around 9 m/s, power follows the curve with noise, and now and then the machine stands. */
export function turn(before: TurbineBody, random: Random): TurbineBody {
  const windMs = Math.max(0, before.windMs + (9 - before.windMs) * 0.02 + gaussian(random) * 0.35);
  const fails = before.downReadings === 0 && random() < 0.003;
  const downReadings = fails ? Math.round(between(random, 8, 30)) : Math.max(0, before.downReadings - 1);
  const possible = theoreticalPower(windMs);
  // An idling machine draws a little for its own needs.
  const idle = -2 * random();
  const running = possible === 0 ? idle : Math.max(idle, possible * (0.96 + gaussian(random) * 0.03));
  return {
    windMs,
    windDirectionDeg: (before.windDirectionDeg + gaussian(random) * 3 + 360) % 360,
    powerKw: downReadings > 0 ? idle : running,
    downReadings,
  };
}
