import { dimensions, metrics } from '../catalogue/metrics.ts';

/** What became of the records of one topic in one invocation. */
export interface Counts {
  readonly consumer: string;
  readonly topic: string;
  readonly applied: number;
  /** Records without effect, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly deadLettered: number;
  /** Records handed back to be delivered again. */
  readonly failed: number;
  /** Those of them whose consumer waits for a dependency. */
  readonly waiting: number;
}

/** Name of the property that breaks `RecordsSkipped` down by reason; it is for people and the live status, no metric. */
const skippedByReason = 'RecordsSkippedByReason';

const metricList = [
  metrics.recordsApplied,
  metrics.recordsSkipped,
  metrics.recordsDeadLettered,
  metrics.recordsFailed,
  metrics.recordsWaiting,
]
  .map((name) => `{"Name":"${name}","Unit":"Count"}`)
  .join(',');
const directive = `[{"Namespace":"${metrics.namespace}","Dimensions":[["${dimensions.consumer}","${dimensions.topic}"]],"Metrics":[${metricList}]}]`;

/**
 * One line of CloudWatch's embedded metric format, without line end.
 *
 * @param timestampMs ms since 1970-01-01 UTC
 */
export function metricsLine(counts: Counts, timestampMs: number): string {
  const values = {
    [dimensions.consumer]: counts.consumer,
    [dimensions.topic]: counts.topic,
    [metrics.recordsApplied]: counts.applied,
    [metrics.recordsSkipped]: sum(counts.skipped),
    [metrics.recordsDeadLettered]: counts.deadLettered,
    [metrics.recordsFailed]: counts.failed,
    [metrics.recordsWaiting]: counts.waiting,
    [skippedByReason]: counts.skipped,
  };
  return `{"_aws":{"Timestamp":${timestampMs},"CloudWatchMetrics":${directive}},${JSON.stringify(values).slice(1)}`;
}

/** Reads a line written by {@link metricsLine}; `null` for any other line. */
export function parseMetricsLine(line: string): Counts | null {
  if (!line.startsWith('{"_aws":')) return null;
  const parsed = parseObject(line);
  const consumer = parsed?.[dimensions.consumer];
  const topic = parsed?.[dimensions.topic];
  if (parsed === null || typeof consumer !== 'string' || typeof topic !== 'string') return null;
  return {
    consumer,
    topic,
    applied: numberOf(parsed[metrics.recordsApplied]),
    skipped: (parsed[skippedByReason] ?? {}) as Record<string, number>,
    deadLettered: numberOf(parsed[metrics.recordsDeadLettered]),
    failed: numberOf(parsed[metrics.recordsFailed]),
    waiting: numberOf(parsed[metrics.recordsWaiting]),
  };
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function sum(values: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const value of Object.values(values)) total += value;
  return total;
}
