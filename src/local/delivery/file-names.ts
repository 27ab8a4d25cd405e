import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { OffsetRange } from './spool.ts';

/** Folder of one topic and hour below the lake: `bronze/topic=…/dt=YYYY-MM-DD/hh=HH`, by Kafka timestamp in UTC. */
export function bronzeFolder(topic: string, hourMs: number): string {
  return join('bronze', hourFolder(topic, hourMs));
}

/** Folder of records that have no row, beside bronze as Firehose's error prefix is. */
export function errorFolder(topic: string, hourMs: number): string {
  return join('bronze-errors', hourFolder(topic, hourMs));
}

function hourFolder(topic: string, hourMs: number): string {
  const iso = new Date(hourMs).toISOString();
  return join(`topic=${topic}`, `dt=${iso.slice(0, iso.indexOf('T'))}`, `hh=${iso.slice(iso.indexOf('T') + 1, -11)}`);
}

/** The start of a timestamp's hour; timestamps that no calendar has (broken producers) count as 1970. */
export function hourOf(timestampMs: number): number {
  const hour = Math.floor(timestampMs / 3_600_000) * 3_600_000;
  return Math.abs(hour) <= 8.64e15 && hour >= 0 ? hour : 0;
}

/**
 * Name of a file by what it holds: `<partition>_<first offset>-<last offset>`, a hyphen-free list joined by `.`; a
 * digest stands for lists too long for a file name. The same records give the same name, so a rewrite replaces.
 */
export function fileName(ranges: readonly OffsetRange[], extension: string): string {
  const list = ranges.map(({ partition, first, last }) => `${partition}_${first}-${last}`).join('.');
  if (list.length <= 160) return `${list}${extension}`;
  const digest = createHash('sha256').update(list).digest('hex').slice(0, 16);
  return `${ranges.length}-partitions-${digest}${extension}`;
}
