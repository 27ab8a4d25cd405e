import type { VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { isInside, type Position } from '../geometry.ts';
import { type Area, forbiddenAreaAt } from './areas.ts';
import type { Signal } from './incident.ts';
import { type BatteryRule, type DistanceRule, type SpeedRule, serviceDoneCode, type VehicleRule } from './rules.ts';
import type { Service } from './service.ts';

/** A vehicle's reading with the operating area that is its home. */
export interface VehicleCase {
  readonly reading: VehicleTelemetry;
  readonly home: Area | null;
  /** Distance since the last service, this reading included. */
  readonly service: Service | null;
}

/** What the reading says about the rule. */
export function vehicleSignal(rule: VehicleRule, { reading, home, service }: VehicleCase): Signal {
  switch (rule.measure) {
    case 'battery':
      return batterySignal(rule, reading);
    case 'speed':
      return speedSignal(rule, reading);
    case 'operating-area':
      return operatingAreaSignal(reading, home);
    case 'forbidden-area':
      return forbiddenAreaSignal(reading, home);
    case 'distance':
      return distanceSignal(rule, reading, service);
    case 'faults':
      return faultSignal(reading);
    case 'emergency':
      return emergencySignal(reading);
    default:
      return rule satisfies never;
  }
}

const unknown: Signal = { is: 'unknown', value: null, threshold: null, unit: null, finding: '' };

function batterySignal(rule: BatteryRule, { batteryPercent: value, vehicleType }: VehicleTelemetry): Signal {
  if (value === null) return unknown;
  const { raiseBelow, clearFrom } = rule.levels.get(vehicleType) ?? rule.otherLevels;
  const base = { value, unit: '%' };
  if (value < raiseBelow) {
    const finding = `battery is at ${rounded(value)} %, below ${raiseBelow} %`;
    return { ...base, is: 'bad', threshold: raiseBelow, finding };
  }
  const finding = `battery is back at ${rounded(value)} %`;
  return { ...base, is: value >= clearFrom ? 'good' : 'between', threshold: clearFrom, finding };
}

function speedSignal(rule: SpeedRule, { speedKmh: value, speedLimitKmh: limit }: VehicleTelemetry): Signal {
  if (value === null || limit === null) return unknown;
  const base = { value, threshold: limit, unit: 'km/h' };
  if (value > limit + rule.toleranceKmh) {
    return { ...base, is: 'bad', finding: `drives ${rounded(value)} km/h where ${rounded(limit)} km/h are allowed` };
  }
  const finding = `keeps to the limit of ${rounded(limit)} km/h again`;
  return { ...base, is: value <= limit ? 'good' : 'between', finding };
}

/** A position that is not the receiver's own of this moment decides nothing. */
function positionOf({ latitude, longitude, quality }: VehicleTelemetry): Position | null {
  if (latitude === null || longitude === null || quality.includes('POSITION_REPAIRED')) return null;
  return { latitude, longitude };
}

function operatingAreaSignal(reading: VehicleTelemetry, home: Area | null): Signal {
  const position = positionOf(reading);
  if (position === null || home === null) return unknown;
  const inside = isInside(home.polygon, position);
  const finding = inside ? `is back in its operating area, ${home.name}` : `has left its operating area, ${home.name}`;
  return { ...unknown, is: inside ? 'good' : 'bad', finding };
}

function forbiddenAreaSignal(reading: VehicleTelemetry, home: Area | null): Signal {
  const position = positionOf(reading);
  if (position === null || home === null) return unknown;
  const area = forbiddenAreaAt(home.city, position);
  if (area !== null) return { ...unknown, is: 'bad', finding: `is in a forbidden area, ${area.name}` };
  return { ...unknown, is: 'good', finding: 'has left the forbidden area' };
}

function distanceSignal(rule: DistanceRule, { vehicleType }: VehicleTelemetry, service: Service | null): Signal {
  if (service === null) return unknown;
  const everyKm = rule.everyKm.get(vehicleType) ?? rule.otherKm;
  const base = { value: service.km, threshold: everyKm, unit: 'km' };
  if (service.km >= everyKm) {
    const finding = `has driven ${rounded(service.km)} km since its last service, which is due every ${everyKm} km`;
    return { ...base, is: 'bad', finding };
  }
  return { ...base, is: 'good', finding: 'was serviced' };
}

function faultSignal({ faults: codes }: VehicleTelemetry): Signal {
  const faults = codes.filter((code) => code !== serviceDoneCode);
  const base = { value: faults.length, threshold: 0, unit: '1' };
  if (faults.length === 0) return { ...base, is: 'good', finding: 'reports no fault any more' };
  const shown = faults.slice(0, 5).map((fault) => fault.slice(0, 40));
  const more = faults.length > shown.length ? ` and ${faults.length - shown.length} more` : '';
  return {
    ...base,
    is: 'bad',
    finding: `reports ${faults.length === 1 ? 'fault' : 'faults'} ${shown.join(', ')}${more}`,
  };
}

function emergencySignal({ emergency }: VehicleTelemetry): Signal {
  if (emergency === null) return { ...unknown, is: 'good', finding: 'signals no emergency any more' };
  return { ...unknown, is: 'bad', finding: `signals an emergency: ${emergency.slice(0, 40).replaceAll('_', ' ')}` };
}

export function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
