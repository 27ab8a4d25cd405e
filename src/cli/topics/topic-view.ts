import { catalogue } from '../../catalogue/catalogue.ts';
import { consumersOf } from '../../catalogue/lookup.ts';
import type { Topic } from '../../catalogue/model.ts';
import { durationText } from '../duration-text.ts';
import { table } from '../terminal/table.ts';
import { wrapped } from '../terminal/wrapped.ts';
import type { TopicDetails, TopicGroup, TopicOnCluster, TopicSchema } from './read-topics.ts';
import type { SchemaField } from './schema-fields.ts';
import { recordsIn } from './topic-rows.ts';
import { count } from './topics-view.ts';

/** Everything about one topic; `columns` is the width of the terminal, or undefined for no limit. */
export function topicView(details: TopicDetails, columns: number | undefined): string {
  const { declared, schema, cluster } = details;
  const parts = [
    heading(details, columns),
    table(['', ''], facts(details)).split('\n').slice(1).join('\n'),
    ...(schema === null || declared === null ? [] : [schemaPart(schema, columns), examplePart(declared, schema)]),
    ...(!cluster ? [] : [partitionsPart(cluster), groupsPart(cluster.groups)]),
  ];
  return parts.join('\n\n');
}

function heading({ name, declared }: TopicDetails, columns: number | undefined): string {
  const text = declared?.description ?? 'Not in the catalogue: nothing is known of its values.';
  return [name, ...wrapped(text, columns)].join('\n');
}

function facts(details: TopicDetails): (readonly [string, string])[] {
  const { declared, cluster } = details;
  const records = cluster ? count(recordsIn(cluster.partitions)) : 'not on this cluster; "event-bus start" creates it';
  if (declared === null) {
    return [
      ['partitions', String(cluster?.partitions.length ?? 0)],
      ['records', records],
      ['retention', retentionHere(cluster) ?? 'unknown'],
      ['cleanup', cluster?.cleanup ?? 'unknown'],
    ];
  }
  return [
    ['domain', `${declared.domain}, owned by ${declared.owner}`],
    ['partitions', `${cluster ? `${cluster.partitions.length} here, ` : ''}${declared.partitions} in the catalogue`],
    ...(cluster === undefined ? [] : [['records', records] as const]),
    ['retention', retention(declared, cluster)],
    ['cleanup', declared.cleanup],
    ['key', `${keyText(declared)}: ${declared.partitioning}`],
    ['class', declared.classification],
    ['subject', `${declared.subject}, compatibility ${declared.compatibility}`],
    ['event types', declared.eventTypes.join(', ')],
    ['written by', writers(declared).join(', ') || declared.owner],
    [
      'read by',
      consumersOf(declared.name)
        .map(({ name }) => name)
        .join(', ') || 'no consumer of the catalogue',
    ],
  ];
}

function keyText({ key, keyFallback }: Topic): string {
  return keyFallback === undefined ? key : `${key}, else ${keyFallback}`;
}

function retention(declared: Topic, cluster: TopicOnCluster | null | undefined): string {
  const text = `${durationText(declared.retentionMs)}${declared.archive ? ', the lake keeps what the cluster cannot' : ''}`;
  const here = retentionHere(cluster);
  return here === undefined || here === durationText(declared.retentionMs) ? text : `${text}; here ${here}`;
}

function retentionHere(cluster: TopicOnCluster | null | undefined): string | undefined {
  return cluster?.retentionMs == null ? undefined : durationText(cluster.retentionMs);
}

function writers(topic: Topic): readonly string[] {
  const routes = catalogue.routes.filter((route) => route.topic === topic.name);
  const consumers = catalogue.consumers.filter(({ sinks }) =>
    (sinks as readonly string[]).includes(`topic:${topic.name}`),
  );
  return [...routes.map(({ protocol, filter }) => `${protocol} ${filter}`), ...consumers.map(({ name }) => name)];
}

const narrowestText = 30;
const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));

function schemaPart({ subject, version, fields }: TopicSchema, columns: number | undefined): string {
  const left =
    widest(fields.map(({ path }) => path)) +
    widest(['absent', ...fields.map(absentText)]) +
    widest(fields.map(({ type }) => type)) +
    6;
  const room = columns === undefined ? undefined : Math.max(narrowestText, columns - left);
  const rows = fields.flatMap((field) => {
    const [first = '', ...rest] = wrapped(meaning(field), room);
    return [[field.path, field.type, absentText(field), first], ...rest.map((text) => ['', '', '', text])];
  });
  return `Fields of ${subject} v${version}\n${table(['field', 'type', 'absent', 'meaning'], rows)}`;
}

/** What becomes of an event without the field. */
function absentText(field: SchemaField): string {
  return field.required ? 'refused' : JSON.stringify(field.default);
}

function meaning({ doc, symbols }: SchemaField): string {
  return symbols === undefined ? doc : `${doc} One of ${symbols.join(', ')}.`;
}

function examplePart({ name }: Topic, { example }: TopicSchema): string {
  return `An event, as a line for "event-bus produce ${name}"\n${JSON.stringify(example)}`;
}

function partitionsPart({ partitions }: TopicOnCluster): string {
  const rows = partitions.map(({ partition, start, end }) => [String(partition), start, end, end - start]);
  return table(['partition', 'start', 'end', 'records'], rows);
}

function groupsPart(groups: readonly TopicGroup[]): string {
  if (groups.length === 0) return 'No consumer group has committed offsets of this topic.';
  const rows = groups.map(({ group, state, lagRecords, partitions }) => {
    const behind = partitions.filter((lag) => lag.lagRecords > 0);
    const where = behind.map((lag) => `${lag.partition}: ${count(lag.lagRecords)}`).join(', ');
    return [group, state.toLowerCase(), lagRecords, where || '–'];
  });
  return table(['consumer group', 'state', 'lag', 'lag by partition'], rows);
}
