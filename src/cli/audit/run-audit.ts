import type { Subject } from '../../catalogue/events.generated.ts';
import type { Consumer } from '../../catalogue/model.ts';
import type { Codec } from '../../codec/codec.ts';
import type { Pool } from '../../postgres/pool.ts';
import { type CapturedBounds, captureJudged, type Reached } from './captured-bounds.ts';
import { fatesOf, type Rule, rules } from './fates.ts';
import { readDeadLetters } from './read-dead-letters.ts';
import { readLake } from './read-lake.ts';
import { type AuditedLog, type DamagedPart, readLog } from './read-log.ts';
import { readPostgres, readStoredLetters } from './read-postgres.ts';
import { readRouter } from './read-router.ts';
import { type AuditReport, type AuditRow, type LogPlace, reportOf } from './report.ts';
import { Workbench } from './workbench.ts';

/** A consumer's committed offset in one partition: the next one it will read. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
}

export interface AuditOptions {
  readonly log: AuditedLog;
  /** Offsets that a consumer has committed; used to tell what it has not reached yet. */
  readonly committed: (consumer: string) => Promise<readonly CommittedOffset[]>;
  readonly consumers: readonly Consumer[];
  readonly codec: Codec;
  readonly subjectOf: (topic: string) => Subject;
  readonly pool: Pool;
  /** The lake's folder. */
  readonly lake: string;
  /** Folder of the event router's list. */
  readonly events: string;
  /** File of the embedded queue. */
  readonly deadLetters: string;
  /** Told how many records have been read, of how many. */
  readonly onProgress?: (records: number, total: number) => void;
  /** Waits for consumers; absent: the audit does not wait for them. */
  readonly reached?: Reached | undefined;
}

/**
 * Compares the log with every sink: each record, or each reading inside it, must have exactly one fate at each
 * consumer. The log's ends are captured first, so that records that arrive meanwhile count nowhere.
 */
export async function runAudit(options: AuditOptions): Promise<AuditReport> {
  const audited = options.consumers.flatMap((consumer) => {
    const rule = rules[consumer.name];
    return rule === undefined ? [] : [{ consumer, rule }];
  });
  const notes = options.consumers
    .filter(({ name }) => rules[name] === undefined)
    .map(({ name }) => `${name} is not audited: there is no rule for it.`);
  const topics = topicsOf(audited);
  const consumers = audited.map(({ consumer }) => consumer);
  const endsNow = async () => (await options.log.bounds()).filter(({ topic }) => topics.has(topic));
  const judged = await captureJudged({ consumers, bounds: endsNow, reached: options.reached });
  // Between the two captures: what a consumer has committed by now, it had published before the second one.
  const committed = await committedBy(consumers, options.committed);
  const bounds = { judged, read: await endsNow() };
  const workbench = await Workbench.open();
  try {
    const damaged = await load(workbench, { ...options, audited, bounds, committedNow: committed });
    const rows: AuditRow[] = [];
    for (const { consumer, rule } of audited) rows.push(...(await rowsOf(workbench, consumer, rule)));
    return reportOf(rows, notes, damaged);
  } finally {
    workbench.close();
  }
}

interface Committed extends CommittedOffset {
  readonly consumer: string;
}

async function committedBy(
  consumers: readonly Consumer[],
  committed: AuditOptions['committed'],
): Promise<readonly Committed[]> {
  const found = await Promise.all(
    consumers.map(async ({ name }) => (await committed(name)).map((offset) => ({ consumer: name, ...offset }))),
  );
  return found.flat();
}

interface Audited {
  readonly consumer: Consumer;
  readonly rule: Rule;
}

function topicsOf(audited: readonly Audited[]): ReadonlySet<string> {
  return new Set(
    audited.flatMap(({ consumer, rule }) => [...consumer.topics, ...(rule.kind === 'derived' ? rule.outputs : [])]),
  );
}

interface Loading extends AuditOptions {
  readonly audited: readonly Audited[];
  readonly bounds: CapturedBounds;
  readonly committedNow: readonly Committed[];
}

async function load(workbench: Workbench, options: Loading): Promise<readonly DamagedPart[]> {
  const { audited, bounds, log, codec, subjectOf, onProgress } = options;
  const byId = new Set(
    audited.flatMap(({ consumer, rule }) => {
      if (rule.kind === 'derived') return rule.outputs;
      return rule.kind === 'table' || rule.kind === 'router' ? consumer.topics : [];
    }),
  );
  const derivedBy = new Map(
    audited.flatMap(({ consumer, rule }) =>
      rule.kind === 'derived' ? consumer.topics.map((topic) => [topic, consumer.name] as const) : [],
    ),
  );
  const total = bounds.read.reduce((sum, { start, end }) => sum + end - start, 0);
  const progress = (records: number) => onProgress?.(records, total);
  const damaged = await readLog(bounds, { workbench, log, codec, byId, derivedBy, subjectOf, onProgress: progress });
  await workbench.append('committed', async (row) => {
    for (const { consumer, topic, partition, position } of options.committedNow) {
      row(consumer, topic, partition, position);
    }
  });
  // Sinks after the log: an effect that arrives meanwhile can only add what is not asked for.
  if (audited.some(({ rule }) => rule.kind !== 'lake')) await readPostgres(workbench, options.pool);
  if (audited.some(({ rule }) => rule.kind === 'lake')) await readLake(workbench, options.lake);
  if (audited.some(({ rule }) => rule.kind === 'router')) await readRouter(workbench, options.events);
  // A letter is in its queue until it is in the table: in this order none is missed on its way.
  await readDeadLetters(workbench, options.deadLetters);
  if (audited.some(({ rule }) => rule.kind !== 'lake')) await readStoredLetters(workbench, options.pool);
  return damaged;
}

interface FateCount {
  readonly topic: string;
  readonly fate: string;
  readonly reason: string | null;
  readonly items: number;
  readonly extra: number;
  readonly behind: number;
  readonly [name: string]: string | number | null;
}

async function rowsOf(workbench: Workbench, consumer: Consumer, rule: Rule): Promise<readonly AuditRow[]> {
  await workbench.run(`CREATE OR REPLACE TABLE fate AS ${fatesOf(consumer.name, consumer.topics, rule)}`);
  const counts = await workbench.rows<FateCount>(
    `SELECT f.topic, fate, reason, count(*) AS items, sum(extra)::BIGINT AS extra,
       count(*) FILTER (f."offset" >= coalesce(c.position, 0)) AS behind
     FROM fate AS f LEFT JOIN (SELECT topic, partition, position FROM committed WHERE consumer = '${consumer.name}') AS c
       USING (topic, partition)
     GROUP BY ALL`,
  );
  const records = await workbench.rows<{ topic: string; records: number }>(
    'SELECT topic, count(*) AS records FROM judged_record GROUP BY ALL',
  );
  const recordsOf = new Map(records.map((row) => [row.topic, row.records]));
  const copies = await derivedCopies(workbench, rule);
  const rows: AuditRow[] = [];
  for (const topic of consumer.topics) {
    const ofTopic = counts.filter((count) => count.topic === topic);
    if (ofTopic.length === 0) continue;
    const row = rowOf({ consumer: consumer.name, topic, records: recordsOf.get(topic) ?? 0 }, ofTopic);
    const examples = row.missing + row.duplicated === 0 ? [] : await examplesOf(workbench, topic);
    rows.push({ ...row, copies: row.copies + (copies.get(topic) ?? 0), examples });
  }
  return rows;
}

type Head = Pick<AuditRow, 'consumer' | 'topic' | 'records'>;

function rowOf(head: Head, counts: readonly FateCount[]): AuditRow {
  const sum = (fate: string, pick: (count: FateCount) => number) =>
    counts.filter((count) => count.fate === fate).reduce((total, count) => total + pick(count), 0);
  const items = (fate: string) => sum(fate, (count) => count.items);
  const skipped: Record<string, number> = {};
  for (const { fate, reason, items } of counts) if (fate === 'skipped') skipped[reason ?? ''] = items;
  return {
    ...head,
    items: counts.reduce((total, count) => total + count.items, 0),
    applied: items('applied'),
    copies: items('copy'),
    skipped,
    deadLettered: items('dead'),
    missing: items('missing'),
    notReached: sum('missing', (count) => count.behind),
    duplicated: counts.reduce((total, count) => total + count.extra, 0),
    examples: [],
  };
}

/** Second copies of derived events that the log holds, by the topic they were derived from. */
async function derivedCopies(workbench: Workbench, rule: Rule): Promise<ReadonlyMap<string, number>> {
  if (rule.kind !== 'derived') return new Map();
  const outputs = rule.outputs.map((topic) => `'${topic}'`).join(', ');
  const rows = await workbench.rows<{ topic: string; copies: number }>(
    `SELECT r.topic, sum(o.times - 1)::BIGINT AS copies
     FROM (SELECT event_id, count(*) AS times FROM log_record WHERE topic IN (${outputs}) GROUP BY ALL) AS o
     JOIN (SELECT DISTINCT topic, derived_id FROM raw_item) AS r ON r.derived_id = o.event_id
     WHERE o.times > 1 GROUP BY ALL`,
  );
  return new Map(rows.map(({ topic, copies }) => [topic, copies]));
}

async function examplesOf(workbench: Workbench, topic: string): Promise<readonly LogPlace[]> {
  const places = await workbench.rows<{ partition: number; offset: number; item: number | null }>(
    `SELECT partition, "offset", item FROM fate WHERE topic = '${topic}' AND (fate = 'missing' OR extra > 0)
     ORDER BY ALL LIMIT 5`,
  );
  return places.map(({ item, ...place }) => (item === null ? place : { ...place, item }));
}
