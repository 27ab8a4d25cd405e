import type { CleanedReading } from '../../catalogue/events.generated.ts';
import type { Signal } from './incident.ts';
import type { LevelRule, PowerRule, ReadingRule } from './rules.ts';
import { rounded } from './vehicle-signals.ts';

/** What the reading says about the rule. */
export function readingSignal(rule: ReadingRule, reading: CleanedReading): Signal {
  return rule.measure === 'power' ? powerSignal(rule, reading) : levelSignal(rule, reading);
}

const unknown: Signal = { is: 'unknown', value: null, threshold: null, unit: null, finding: '' };

function valueOf({ measurements }: CleanedReading, metric: string, unit: string): number | null {
  for (const measurement of measurements) {
    if (measurement.metric === metric && measurement.unit === unit) return measurement.value;
  }
  return null;
}

function powerSignal(rule: PowerRule, reading: CleanedReading): Signal {
  const power = valueOf(reading, 'activePower', 'kW');
  const possible = valueOf(reading, 'theoreticalPower', 'kW');
  const wind = valueOf(reading, 'windSpeed', 'm/s');
  // Above the cut-out speed the curve is 0 and the machine rightly stands.
  if (power === null || possible === null || wind === null || possible <= 0 || wind < rule.minWindMs) return unknown;
  const share = power / possible;
  const bad = share < rule.raiseBelowShare;
  const threshold = possible * (bad ? rule.raiseBelowShare : rule.clearFromShare);
  const finding = `gives ${rounded(power)} kW of ${rounded(possible)} kW that ${rounded(wind)} m/s of wind make possible`;
  const is = bad ? 'bad' : share >= rule.clearFromShare ? 'good' : 'between';
  return { is, value: power, threshold, unit: 'kW', finding };
}

function levelSignal(rule: LevelRule, reading: CleanedReading): Signal {
  const value = valueOf(reading, rule.metric, rule.unit);
  if (value === null) return unknown;
  const base = { value, unit: rule.unit };
  if (value > rule.raiseAbove) {
    const finding = `${rule.metric} is ${rounded(value)} ${rule.unit}, above ${rule.raiseAbove} ${rule.unit}`;
    return { ...base, is: 'bad', threshold: rule.raiseAbove, finding };
  }
  const finding = `${rule.metric} is back at ${rounded(value)} ${rule.unit}`;
  return { ...base, is: value < rule.clearBelow ? 'good' : 'between', threshold: rule.clearBelow, finding };
}
