import { metrics } from '../catalogue/metrics.ts';

/** Values of one program over one period. */
export interface MetricValues {
  /** Names and values that the metrics are looked up by. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Values by metric name. */
  readonly values: Readonly<Record<string, { readonly value: number; readonly unit: MetricUnit }>>;
}

export type MetricUnit = 'Count' | 'Count/Second' | 'Bytes';

/**
 * One line of CloudWatch's embedded metric format, without line end, for programs that run long; the metrics of
 * consumers have a line of their own, see `embedded-metrics.ts`.
 *
 * @param timestampMs ms since 1970-01-01 UTC
 */
export function metricLine({ dimensions, values }: MetricValues, timestampMs: number): string {
  const list = Object.entries(values).map(([name, { unit }]) => ({ Name: name, Unit: unit }));
  const directive = { Namespace: metrics.namespace, Dimensions: [Object.keys(dimensions)], Metrics: list };
  const numbers = Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
  return JSON.stringify({
    _aws: { Timestamp: timestampMs, CloudWatchMetrics: [directive] },
    ...dimensions,
    ...numbers,
  });
}
