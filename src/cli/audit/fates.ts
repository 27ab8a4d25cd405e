/** How the fate of a consumer's records is found out. */
export type Rule =
  /** Each reading of a raw record has a derived event in the output topics. */
  | { readonly kind: 'derived'; readonly outputs: readonly string[] }
  /** The consumer's stored position says what it has applied. */
  | { readonly kind: 'position' }
  /** Each event of a topic is in a table. */
  | { readonly kind: 'table'; readonly sinkOf: Readonly<Record<string, string>> }
  /** Each event of a topic is in the event router's list. */
  | { readonly kind: 'router' }
  /** Each record is a row of the lake. */
  | { readonly kind: 'lake' };

/** The rule of each consumer of the catalogue. */
export const rules: Readonly<Record<string, Rule>> = {
  'telemetry-cleaner': { kind: 'derived', outputs: ['vehicle.telemetry.v1', 'sensor.cleaned'] },
  'alert-evaluator': { kind: 'position' },
  'timeseries-writer': {
    kind: 'table',
    sinkOf: { 'vehicle.telemetry.v1': 'vehicle_reading', 'sensor.cleaned': 'measurement' },
  },
  'window-aggregator': {
    kind: 'table',
    sinkOf: { 'vehicle.telemetry.v1': 'window_applied', 'sensor.cleaned': 'window_applied' },
  },
  'order-saga': { kind: 'position' },
  'order-projector': {
    kind: 'table',
    sinkOf: {
      'order-events': 'commerce_event',
      'payment-events': 'commerce_event',
      'inventory-events': 'commerce_event',
      'customer-events': 'commerce_event',
    },
  },
  'inventory-projector': { kind: 'position' },
  'photo-processor': { kind: 'table', sinkOf: { 'photo.events.v1': 'photo' } },
  'realtime-inbox': { kind: 'position' },
  'fleet-projector': { kind: 'position' },
  'command-dispatcher': { kind: 'position' },
  'trip-tracker': { kind: 'position' },
  'safety-monitor': { kind: 'position' },
  'safety-desk': { kind: 'position' },
  'fleet-dispatcher': { kind: 'position' },
  'turbine-monitor': { kind: 'position' },
  'domain-router': { kind: 'router' },
  'lake-transform': { kind: 'lake' },
};

/**
 * Query that gives every item of the consumer's topics one row: topic, partition, offset, item, fate, reason, and how
 * often beyond the first its effect is there.
 */
export function fatesOf(consumer: string, topics: readonly string[], rule: Rule): string {
  const scope = { consumer: text(consumer), topics: topics.map(text).join(', ') };
  switch (rule.kind) {
    case 'derived':
      return derivedFates(scope, rule.outputs);
    case 'position':
      return positionFates(scope);
    case 'table':
      return tableFates(scope, rule.sinkOf);
    case 'router':
      return routerFates(scope);
    case 'lake':
    default:
      return lakeFates(scope);
  }
}

interface Scope {
  /** SQL literals. */
  readonly consumer: string;
  readonly topics: string;
}

/** Skips and dead letters of the consumer, joined to `l` by coordinates; the whole record, or the item where it has one. */
const excuses = ({ consumer }: Scope) => `
  LEFT JOIN (SELECT topic, partition, "offset", any_value(reason) AS reason FROM skip
             WHERE consumer = ${consumer} AND item = -1 GROUP BY ALL) AS s USING (topic, partition, "offset")
  LEFT JOIN (SELECT DISTINCT topic, partition, "offset", true AS dead FROM dead_letter
             WHERE consumer = ${consumer}) AS d USING (topic, partition, "offset")`;

/**
 * A reading may have one fate: a skip of its own or of its record, or a derived event. Both at once are two fates,
 * unless the raw record is a second copy: then the derived event is the first copy's.
 */
function derivedFates(scope: Scope, outputs: readonly string[]): string {
  return `
    WITH output AS (
      SELECT event_id AS derived_id, true AS present FROM log_record
      WHERE topic IN (${outputs.map(text).join(', ')}) AND event_id IS NOT NULL GROUP BY ALL
    ), reading AS (
      SELECT *, count(*) OVER (PARTITION BY topic, derived_id) AS sent FROM raw_item WHERE topic IN (${scope.topics})
    )
    SELECT topic, partition, "offset", l.item,
      CASE WHEN i.reason IS NOT NULL OR s.reason IS NOT NULL THEN 'skipped'
           WHEN o.present THEN 'applied' WHEN d.dead THEN 'dead' ELSE 'missing' END AS fate,
      coalesce(i.reason, s.reason) AS reason,
      CASE WHEN o.present AND coalesce(i.reason, s.reason) IS NOT NULL AND l.sent = 1 THEN 1 ELSE 0 END AS extra
    FROM reading AS l
    LEFT JOIN output AS o USING (derived_id)
    LEFT JOIN (SELECT topic, partition, "offset", item, reason FROM skip
               WHERE consumer = ${scope.consumer} AND item >= 0) AS i USING (topic, partition, "offset", item)
    ${excuses(scope)}`;
}

function positionFates(scope: Scope): string {
  return `
    SELECT topic, partition, "offset", NULL AS item,
      CASE WHEN s.reason IS NOT NULL THEN 'skipped' WHEN d.dead THEN 'dead'
           WHEN l."offset" < p.position THEN 'applied' ELSE 'missing' END AS fate,
      s.reason, 0 AS extra
    FROM judged_record AS l
    LEFT JOIN (SELECT topic, partition, position FROM consumer_position WHERE consumer = ${scope.consumer}) AS p
      USING (topic, partition)
    ${excuses(scope)}
    WHERE l.topic IN (${scope.topics})`;
}

/** The first record of an event is the applied one; later ones are copies, whichever of them the table took. */
function tableFates(scope: Scope, sinkOf: Readonly<Record<string, string>>): string {
  const sinks = Object.entries(sinkOf)
    .map(([topic, sink]) => `(${text(topic)}, ${text(sink)})`)
    .join(', ');
  return `
    WITH found AS (
      SELECT topic, event_id, sum(times - 1)::BIGINT AS extra FROM (
        SELECT m.topic, e.event_id, e.part, count(*) AS times
        FROM sink_event AS e JOIN (VALUES ${sinks}) AS m(topic, sink) USING (sink) GROUP BY ALL)
      GROUP BY ALL
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY topic, event_id ORDER BY partition, "offset") AS copy
      FROM judged_record WHERE topic IN (${scope.topics})
    )
    SELECT topic, partition, "offset", NULL AS item,
      CASE WHEN s.reason = 'addressed-to-another-consumer' THEN 'skipped'
           WHEN f.event_id IS NOT NULL AND l.copy = 1 THEN 'applied' WHEN f.event_id IS NOT NULL THEN 'copy'
           WHEN s.reason IS NOT NULL THEN 'skipped' WHEN d.dead THEN 'dead' ELSE 'missing' END AS fate,
      s.reason, CASE WHEN l.copy = 1 THEN coalesce(f.extra, 0) ELSE 0 END AS extra
    FROM numbered AS l LEFT JOIN found AS f USING (topic, event_id)
    ${excuses(scope)}`;
}

/**
 * The router hands an event over at least once, so a second time is no fault. Its list keeps events for two weeks, in
 * the order of each partition: what lies before the first one that it still has is as good as the consumer's position.
 */
function routerFates(scope: Scope): string {
  return `
    WITH listed AS (SELECT DISTINCT topic, event_id, true AS listed FROM routed_event),
    numbered AS (
      SELECT l.*, r.listed, row_number() OVER (PARTITION BY topic, event_id ORDER BY partition, "offset") AS copy,
        min("offset") FILTER (r.listed) OVER (PARTITION BY topic, partition) AS first_listed
      FROM judged_record AS l LEFT JOIN listed AS r USING (topic, event_id) WHERE topic IN (${scope.topics})
    )
    SELECT topic, partition, "offset", NULL AS item,
      CASE WHEN s.reason = 'addressed-to-another-consumer' THEN 'skipped'
           WHEN l.listed AND l.copy = 1 THEN 'applied' WHEN l.listed THEN 'copy'
           WHEN s.reason IS NOT NULL THEN 'skipped' WHEN d.dead THEN 'dead'
           WHEN (SELECT first FROM routed_from) > 1 AND l."offset" < coalesce(l.first_listed, c.position) THEN 'applied'
           ELSE 'missing' END AS fate,
      s.reason, 0 AS extra
    FROM numbered AS l
    LEFT JOIN (SELECT topic, partition, position FROM committed WHERE consumer = ${scope.consumer}) AS c
      USING (topic, partition)
    ${excuses(scope)}`;
}

function lakeFates({ topics }: Scope): string {
  return `
    SELECT topic, partition, "offset", NULL AS item,
      CASE WHEN f.rows > 0 THEN 'applied' WHEN f.errors > 0 THEN 'dead' ELSE 'missing' END AS fate,
      NULL AS reason, coalesce(f.rows + f.errors - 1, 0) AS extra
    FROM judged_record AS l
    LEFT JOIN (SELECT topic, partition, "offset", count(*) FILTER (kind = 'row') AS rows,
                 count(*) FILTER (kind = 'error') AS errors FROM lake_row GROUP BY ALL) AS f
      USING (topic, partition, "offset")
    WHERE l.topic IN (${topics})`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
