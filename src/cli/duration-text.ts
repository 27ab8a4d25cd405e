import { dayMs, hourMs, yearMs } from '../catalogue/duration.ts';

const units = [
  ['years', yearMs],
  ['d', dayMs],
  ['h', hourMs],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A length of time in its largest whole unit: `7 years`, `30 d`, `90 s`; `for ever` for -1, as Kafka writes it. */
export function durationText(ms: number): string {
  if (ms < 0) return 'for ever';
  const [name, size] = units.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? ['ms', 1];
  return `${(ms / size).toLocaleString('en-US')} ${name}`;
}
