import { durationText } from '../duration-text.ts';
import { table } from '../terminal/table.ts';
import type { TopicRow } from './topic-rows.ts';

const absent = '–';

/** The table of all topics; `asked` is false when no cluster was. */
export function topicsView(rows: readonly TopicRow[], asked: boolean): string {
  const head = ['topic', 'domain', 'partitions', 'records', 'retention', 'key', 'class', 'subject'];
  const lines = rows.map(({ name, declared, partitions, records }) => [
    name,
    declared?.domain ?? absent,
    `${partitions ?? absent} / ${declared?.partitions ?? absent}`,
    records === null ? absent : count(records),
    declared === null ? absent : durationText(declared.retentionMs),
    declared?.key ?? absent,
    declared?.classification ?? absent,
    declared?.subject ?? absent,
  ]);
  return `${table(head, lines)}\n\n${asked ? summary(rows) : `${rows.length} topics in the catalogue; no cluster was asked`}`;
}

function summary(rows: readonly TopicRow[]): string {
  const here = rows.filter(({ partitions }) => partitions !== null);
  const missing = rows.length - here.length;
  const records = here.reduce((sum, row) => sum + (row.records ?? 0), 0);
  const foreign = rows.filter(({ declared }) => declared === null).length;
  return [
    `${here.length} topics, ${count(records)} records; partitions: on this cluster / in the catalogue`,
    ...(missing === 0
      ? []
      : [`${missing} topics of the catalogue are not on this cluster; "event-bus start" creates them`]),
    ...(foreign === 0 ? [] : [`${foreign} topics are not in the catalogue`]),
  ].join('\n');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
