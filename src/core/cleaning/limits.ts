/** Smallest and largest value that can be true. */
export type Range = readonly [min: number, max: number];

/** Ranges of a vehicle's values in normal units; what lies outside is the instrument's fault and becomes absent. */
export const vehicleRanges = {
  /** m; from below sea level in polders and ports up to the highest roads. */
  altitudeM: [-50, 6000],
  /** km/h */
  speedKmh: [0, 250],
  /** km/h; a limit of 0 is a road that the map does not know. */
  speedLimitKmh: [1, 150],
  /** % */
  batteryPercent: [0, 100],
  /** km */
  odometerKm: [0, 5_000_000],
  /** °C, outside air */
  temperatureC: [-60, 70],
  /** % */
  humidityPercent: [0, 100],
} as const satisfies Record<string, Range>;

/** Ranges by metric of turbines and sensors, in the metric's normal unit. */
export const measurementRanges: ReadonlyMap<string, Range> = new Map<string, Range>([
  /** kW; an idling turbine draws a little, so slightly negative power is true. */
  ['activePower', [-500, 25_000]],
  ['theoreticalPower', [0, 25_000]],
  /** m/s */
  ['windSpeed', [0, 90]],
  /** degrees */
  ['windDirection', [0, 360]],
  /** °C */
  ['temperature', [-90, 1200]],
  /** % */
  ['humidity', [0, 100]],
  /** Pa */
  ['pressure', [0, 100_000_000]],
  /** mm/s */
  ['vibration', [0, 1000]],
]);

/** A receiver that jumps faster than this between two fixes lost the way in between, km/h. */
export const fastestJumpKmh = 300;
/** Shorter jumps are the receiver's noise, km. */
export const smallestJumpKm = 0.1;
/** A lost position is carried on from a fix at most this old, ms. */
export const positionCarryMs = 30_000;

/** Whether the value is a number inside the range; NaN and infinities are not. */
export function isWithin(value: number, [min, max]: Range): boolean {
  return value >= min && value <= max;
}
