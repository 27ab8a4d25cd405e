import type { AlertSeverity, AnalyticsAlertKind, VehicleAlertKind } from '../../catalogue/events.generated.ts';
import type { Hold } from './incident.ts';

/** The alert rules: what is bad, what is good again, and how long either must hold. Change them here. */

interface Rule<Kind> {
  /** Unique and lasting: open incidents are remembered under it. */
  readonly id: string;
  readonly kind: Kind;
  readonly severity: AlertSeverity;
  readonly hold: Hold;
}

export type Fleet = 'fleet' | 'mobility';

interface AnyVehicleRule extends Rule<VehicleAlertKind> {
  /** Fleets whose vehicles the rule is for. */
  readonly fleets: readonly Fleet[];
}

export interface BatteryRule extends AnyVehicleRule {
  readonly measure: 'battery';
  /** Percent by vehicle type; `other` for every type that is not named. */
  readonly levels: ReadonlyMap<string, BatteryLevels>;
  readonly otherLevels: BatteryLevels;
}

export interface BatteryLevels {
  readonly raiseBelow: number;
  readonly clearFrom: number;
}

export interface AreaRule extends AnyVehicleRule {
  readonly measure: 'operating-area' | 'forbidden-area';
}

export interface SpeedRule extends AnyVehicleRule {
  readonly measure: 'speed';
  /** Above the limit by more than this is too fast, km/h: instruments differ, and so do gradients. */
  readonly toleranceKmh: number;
}

export interface SignalRule extends AnyVehicleRule {
  readonly measure: 'faults' | 'emergency';
}

export interface DistanceRule extends AnyVehicleRule {
  readonly measure: 'distance';
  /** Distance from one service to the next, km, by vehicle type. */
  readonly everyKm: ReadonlyMap<string, number>;
  readonly otherKm: number;
}

export type VehicleRule = BatteryRule | AreaRule | SpeedRule | SignalRule | DistanceRule;

/**
 * What a vehicle reports among its faults, in the readings after a service, to say that it was serviced: no fault, and
 * the distance to the next service counts from there.
 */
export const serviceDoneCode = 'service-done';

export interface PowerRule extends Rule<AnalyticsAlertKind> {
  readonly measure: 'power';
  /** Slower wind says nothing about the machine, m/s. */
  readonly minWindMs: number;
  /** Shares of the theoretical power. */
  readonly raiseBelowShare: number;
  readonly clearFromShare: number;
}

export interface LevelRule extends Rule<AnalyticsAlertKind> {
  readonly measure: 'level';
  readonly metric: string;
  readonly unit: string;
  readonly raiseAbove: number;
  readonly clearBelow: number;
}

export type ReadingRule = PowerRule | LevelRule;

const everyFleet = ['fleet', 'mobility'] as const;
const threeReadings: Hold = { raiseReadings: 3, raiseMs: 0, clearReadings: 3, clearMs: 0 };

export const vehicleRules: readonly VehicleRule[] = [
  {
    id: 'battery-low',
    kind: 'low_battery_alert',
    severity: 'WARNING',
    fleets: everyFleet,
    measure: 'battery',
    levels: new Map([
      ['car', { raiseBelow: 20, clearFrom: 25 }],
      ['van', { raiseBelow: 25, clearFrom: 30 }],
      ['cargo_bike', { raiseBelow: 20, clearFrom: 30 }],
      ['scooter', { raiseBelow: 15, clearFrom: 30 }],
      ['ebike', { raiseBelow: 15, clearFrom: 30 }],
      ['moped', { raiseBelow: 20, clearFrom: 30 }],
    ]),
    otherLevels: { raiseBelow: 15, clearFrom: 20 },
    hold: threeReadings,
  },
  {
    id: 'operating-area-left',
    kind: 'geofence_violation',
    severity: 'WARNING',
    fleets: everyFleet,
    measure: 'operating-area',
    hold: threeReadings,
  },
  {
    id: 'forbidden-area-entered',
    kind: 'geofence_violation',
    severity: 'WARNING',
    fleets: everyFleet,
    measure: 'forbidden-area',
    hold: threeReadings,
  },
  {
    id: 'vehicle-faults',
    kind: 'maintenance_required',
    severity: 'WARNING',
    fleets: everyFleet,
    measure: 'faults',
    hold: { raiseReadings: 2, raiseMs: 0, clearReadings: 3, clearMs: 0 },
  },
  {
    id: 'service-due',
    kind: 'maintenance_required',
    severity: 'INFO',
    fleets: everyFleet,
    measure: 'distance',
    everyKm: new Map([
      ['scooter', 500],
      ['bike', 800],
      ['ebike', 1_000],
      ['cargo_bike', 1_000],
      ['moped', 3_000],
      ['car', 15_000],
      ['van', 20_000],
    ]),
    otherKm: 10_000,
    hold: { raiseReadings: 2, raiseMs: 0, clearReadings: 1, clearMs: 0 },
  },
  {
    id: 'speeding',
    kind: 'speeding',
    severity: 'WARNING',
    fleets: ['fleet'],
    measure: 'speed',
    toleranceKmh: 5,
    hold: { raiseReadings: 3, raiseMs: 5000, clearReadings: 3, clearMs: 5000 },
  },
  {
    id: 'emergency',
    kind: 'emergency',
    severity: 'CRITICAL',
    fleets: ['fleet'],
    measure: 'emergency',
    hold: { raiseReadings: 1, raiseMs: 0, clearReadings: 3, clearMs: 10_000 },
  },
];

export const turbineRules: readonly ReadingRule[] = [
  {
    id: 'turbine-power-low',
    kind: 'maintenance_required',
    severity: 'WARNING',
    measure: 'power',
    minWindMs: 5,
    raiseBelowShare: 0.2,
    clearFromShare: 0.7,
    hold: { raiseReadings: 6, raiseMs: 0, clearReadings: 3, clearMs: 0 },
  },
];

export const sensorRules: readonly ReadingRule[] = [
  {
    id: 'sensor-temperature-high',
    kind: 'out_of_range',
    severity: 'WARNING',
    measure: 'level',
    metric: 'temperature',
    unit: 'C',
    raiseAbove: 85,
    clearBelow: 80,
    hold: threeReadings,
  },
  {
    // Zone D of ISO 10816-3 begins at 7.1 mm/s for the machines meant here: damage is to be expected.
    id: 'sensor-vibration-high',
    kind: 'maintenance_required',
    severity: 'CRITICAL',
    measure: 'level',
    metric: 'vibration',
    unit: 'mm/s',
    raiseAbove: 7.1,
    clearBelow: 4.5,
    hold: threeReadings,
  },
  {
    id: 'sensor-humidity-high',
    kind: 'out_of_range',
    severity: 'INFO',
    measure: 'level',
    metric: 'humidity',
    unit: '%',
    raiseAbove: 95,
    clearBelow: 90,
    hold: threeReadings,
  },
];
