import { dimensions, metrics } from '../../catalogue/metrics.ts';
import { metricLine } from '../../core/metric-line.ts';
import type { IngestCounters } from './gateway.ts';

/** Value of the dimension `Service`. */
export const ingestService = 'ingest';

type Counted = Pick<IngestCounters, 'accepted' | 'refused' | 'streams' | 'pendingBytes'>;

/** Turns the counters of a gateway, which only grow, into one metric line a period. */
export class GatewayMetrics {
  #last: Counted = { accepted: 0, refused: {}, streams: 0, pendingBytes: 0 };
  #lastMs: number;

  constructor(startedMs: number) {
    this.#lastMs = startedMs;
  }

  /** The line for the time since the last one. */
  line(now: Counted, nowMs: number): string {
    const seconds = Math.max(nowMs - this.#lastMs, 1) / 1000;
    const accepted = now.accepted - this.#last.accepted;
    const refused = total(now.refused) - total(this.#last.refused);
    this.#last = now;
    this.#lastMs = nowMs;
    return metricLine(
      {
        dimensions: { [dimensions.service]: ingestService },
        values: {
          [metrics.readingsPerSecond]: { value: Math.round(accepted / seconds), unit: 'Count/Second' },
          [metrics.readingsAccepted]: { value: accepted, unit: 'Count' },
          [metrics.readingsRefused]: { value: refused, unit: 'Count' },
          [metrics.openStreams]: { value: now.streams, unit: 'Count' },
          [metrics.pendingBytes]: { value: now.pendingBytes, unit: 'Bytes' },
        },
      },
      nowMs,
    );
  }
}

function total(counts: IngestCounters['refused']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
