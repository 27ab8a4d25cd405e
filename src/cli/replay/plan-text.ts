import { lakeRecordCount, recordCount } from '../../services/replay/replay-plan.ts';
import type { ReplayedRange } from '../../services/replay/replay-state.ts';

export interface Plan {
  readonly consumer: string;
  readonly ranges: readonly ReplayedRange[];
  /** Tables that are emptied first. */
  readonly tables: readonly string[];
  /** Records a second at most. */
  readonly rate: number | null;
}

/** What one machine delivers a second without a limit, in round figures; the bar corrects it at once. */
const usualRate = 5000;

/** What a replay will do, for people, before it begins. */
export function planText({ consumer, ranges, tables, rate }: Plan): string {
  const total = recordCount(ranges);
  const fromLake = lakeRecordCount(ranges);
  const topics = [...new Set(ranges.map(({ topic }) => topic))].join(', ');
  const lines = [
    `${count(total)} records of ${topics} in ${count(ranges.length)} partitions, to ${consumer}`,
    fromLake === 0
      ? 'all of them from the topic'
      : `${count(fromLake)} from the lake, ${count(total - fromLake)} from the topic`,
    `about ${count(Math.ceil(total / (rate ?? usualRate)))} s at ${count(rate ?? usualRate)} records/s`,
    ...(tables.length === 0 ? [] : [`emptied first: ${tables.join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
