import { table } from '../terminal/table.ts';
import type { DamagedPart } from './read-log.ts';

/** A place in the log; `item` is the index of a reading inside the record, absent for the whole record. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
  readonly item?: number;
}

/** What became of one topic's records at one consumer: each item has one fate. */
export interface AuditRow {
  readonly topic: string;
  readonly consumer: string;
  /** Records that the log holds up to the captured end. */
  readonly records: number;
  /** What has a fate of its own: the readings inside the records for the cleaner, the records for the others. */
  readonly items: number;
  readonly applied: number;
  /** Second copies of an event in append-only places: of the record itself, or of what was derived from it. */
  readonly copies: number;
  /** By reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly deadLettered: number;
  readonly missing: number;
  /** Of the missing ones, those behind the consumer's committed offset: it has not come to them yet. */
  readonly notReached: number;
  /** Effects that a sink holds more than once, beyond the first. */
  readonly duplicated: number;
  /** Some of the missing and duplicated, for looking at them. */
  readonly examples: readonly LogPlace[];
}

export interface AuditReport {
  readonly rows: readonly AuditRow[];
  readonly missing: number;
  readonly duplicated: number;
  /** Sinks that were not compared, and why. */
  readonly notes: readonly string[];
  /** Records that the log has lost by damage: no consumer that had not read them before will. */
  readonly damaged: readonly DamagedPart[];
}

/** True when every record has exactly one fate. */
export function isSound({ missing, duplicated, damaged }: AuditReport): boolean {
  return missing === 0 && duplicated === 0 && damaged.length === 0;
}

export function reportOf(
  rows: readonly AuditRow[],
  notes: readonly string[],
  damaged: readonly DamagedPart[] = [],
): AuditReport {
  const sum = (pick: (row: AuditRow) => number) => rows.reduce((total, row) => total + pick(row), 0);
  return { rows, notes, damaged, missing: sum((row) => row.missing), duplicated: sum((row) => row.duplicated) };
}

const header = [
  'consumer',
  'topic',
  'records',
  'readings',
  'applied',
  'copies',
  'skipped',
  'dead letters',
  'missing',
  'duplicated',
];

/** The report as a person reads it. */
export function reportText(report: AuditReport): string {
  const cells = report.rows.map((row) => [
    row.consumer,
    row.topic,
    row.records,
    row.items,
    row.applied,
    row.copies,
    Object.values(row.skipped).reduce((total, count) => total + count, 0),
    row.deadLettered,
    row.missing,
    row.duplicated,
  ]);
  const lines = [
    table(header, cells),
    ...reasonLines(report),
    ...exampleLines(report),
    ...damagedLines(report),
    ...report.notes,
    verdict(report),
  ];
  return `${lines.join('\n')}\n`;
}

function reasonLines({ rows }: AuditReport): readonly string[] {
  const lines = rows
    .filter(({ skipped }) => Object.keys(skipped).length > 0)
    .map(({ consumer, topic, skipped }) => {
      const reasons = Object.entries(skipped).map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`);
      return `  ${consumer} skipped of ${topic}: ${reasons.join(', ')}`;
    });
  return lines.length === 0 ? [] : ['', ...lines];
}

function exampleLines({ rows }: AuditReport): readonly string[] {
  const lines = rows.flatMap(({ consumer, topic, examples, notReached }) => {
    const places = examples.map(({ partition, offset, item }) => {
      return item === undefined ? `${partition}/${offset}` : `${partition}/${offset}#${item}`;
    });
    return [
      ...(places.length === 0 ? [] : [`  ${consumer}, ${topic}: look at partition/offset ${places.join(', ')}`]),
      ...(notReached === 0 ? [] : [`  ${consumer}, ${topic}: ${notReached} not reached yet (--wait waits for them)`]),
    ];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function damagedLines({ damaged }: AuditReport): readonly string[] {
  return damaged.map(({ topic, partition, first, last }) => {
    return `  ${topic}: damaged in the log, and gone for whoever had not read them: ${partition}/${first} to ${partition}/${last}`;
  });
}

function verdict(report: AuditReport): string {
  if (isSound(report)) return '\n0 missing, 0 duplicated: every record has exactly one fate.';
  const records = report.damaged.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const damaged = records === 0 ? '' : `, ${records} damaged in the log`;
  return `\n${report.missing} missing, ${report.duplicated} duplicated${damaged}.`;
}
