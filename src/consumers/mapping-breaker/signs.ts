import { gunzipSync } from 'node:zlib';
import { parseMetricsLine } from '../../core/embedded-metrics.ts';

/** An invocation of a consumer ended waiting for a dependency. */
export interface Sign {
  readonly consumer: string;
  readonly topic: string;
  /** ms since 1970-01-01 UTC. */
  readonly atMs: number;
}

interface LogData {
  readonly logEvents?: readonly { readonly timestamp: number; readonly message: string }[];
}

/** Signs in an event of a subscription to logs; `null` for any other event. */
export function signsOf(event: unknown): readonly Sign[] | null {
  const data = (event as { awslogs?: { data?: unknown } } | null)?.awslogs?.data;
  if (typeof data !== 'string') return null;
  const { logEvents = [] } = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()) as LogData;
  return logEvents.flatMap(({ timestamp, message }) => {
    const counts = parseMetricsLine(message.trim());
    if (counts === null || counts.waiting === 0) return [];
    return [{ consumer: counts.consumer, topic: counts.topic, atMs: timestamp }];
  });
}
