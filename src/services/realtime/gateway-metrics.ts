import { dimensions, metrics } from '../../catalogue/metrics.ts';
import { metricLine } from '../../core/metric-line.ts';
import type { RealtimeCounters } from './counters.ts';

/** Value of the dimension `Service`. */
export const realtimeService = 'realtime';

/** The line of metrics that the service is scaled and watched by. */
export function realtimeMetricLine({ connections }: Pick<RealtimeCounters, 'connections'>, nowMs: number): string {
  return metricLine(
    {
      dimensions: { [dimensions.service]: realtimeService },
      values: { [metrics.openConnections]: { value: connections, unit: 'Count' } },
    },
    nowMs,
  );
}
