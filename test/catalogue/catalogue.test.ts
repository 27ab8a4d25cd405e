import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { checkCatalogue } from '../../src/catalogue/check.ts';
import { dayMs, hourMs, yearMs } from '../../src/catalogue/duration.ts';
import { consumerNamed, consumersOf, routesOf, topicNamed } from '../../src/catalogue/lookup.ts';
import { clusterRetentionMs } from '../../src/catalogue/retention.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { requireConsumer, requireTopic } from '../make/catalogue-entry.ts';

const cluster = { schemas, clusterMaxRetentionMs: 90 * dayMs };

test('the shipped catalogue has no problem on a cluster that keeps 90 days', () => {
  expect(checkCatalogue(catalogue, cluster)).toEqual([]);
});

test('the shipped catalogue has no problem in an environment with two regions in the EU', () => {
  expect(checkCatalogue(catalogue, { ...cluster, residency: { home: 'eu', replica: 'eu' } })).toEqual([]);
});

test('every published subject belongs to a topic', () => {
  const used = new Set<string>(catalogue.topics.map(({ subject }) => subject));
  expect(Object.keys(schemas).filter((subject) => !used.has(subject))).toEqual([]);
});

test.each([
  ['vehicle.state.v1', 50, 7 * dayMs],
  ['vehicle.commands.v1', 50, 30 * dayMs],
  ['vehicle.replies.v1', 50, 7 * dayMs],
  ['vehicle.telemetry.v1', 50, 7 * dayMs],
  ['vehicle.alerts.v1', 12, 30 * dayMs],
  ['fleet.operations.v1', 10, 90 * dayMs],
  ['fleet.trips.v1', 10, 30 * dayMs],
  ['fleet.dispatch.v1', 10, 30 * dayMs],
  ['fleet.capacity.v1', 10, 30 * dayMs],
  ['safety.emergency.v1', 5, 7 * yearMs],
  ['safety.fallback.v1', 5, 7 * yearMs],
  ['safety.compliance.v1', 5, 7 * yearMs],
  ['safety.audit.v1', 5, 7 * yearMs],
  ['telemetry.raw.v1', 100, 24 * hourMs],
  ['wind.turbine.raw', 24, 7 * dayMs],
  ['sensor.raw', 12, 7 * dayMs],
  ['sensor.cleaned', 24, 30 * dayMs],
  ['analytics.alerts', 6, 30 * dayMs],
  ['order-events', 12, 604_800_000],
  ['inventory-events', 6, 259_200_000],
  ['payment-events', 12, 604_800_000],
  ['customer-events', 8, 2_592_000_000],
  ['photo.events.v1', 12, 7 * dayMs],
  ['system.health.v1', 1, dayMs],
  ['veh.events.raw', 48, 24 * hourMs],
  ['domain.events', 24, 30 * dayMs],
  ['veh.inventory.updates', 12, 7 * dayMs],
  ['alerts', 12, 30 * dayMs],
])('%s has the %d partitions and the retention that its system asks for', (name, partitions, retentionMs) => {
  expect(topicNamed(name)).toMatchObject({ partitions, retentionMs });
});

test('nothing else is declared', () => {
  expect(catalogue.topics).toHaveLength(28);
});

test('an order and its payments fall into the same partition number', () => {
  const { key, partitions } = requireTopic('order-events');
  expect(requireTopic('payment-events')).toMatchObject({ key, partitions });
});

test('the lake reads every topic', () => {
  expect([...requireConsumer('lake-transform').topics].sort()).toEqual(catalogue.topics.map(({ name }) => name).sort());
});

test('safety topics last 7 years in the lake and as long as affordable on the cluster', () => {
  const topic = requireTopic('safety.emergency.v1');
  expect(topic.retentionMs).toBeGreaterThanOrEqual(7 * 365 * dayMs);
  expect(topic.archive).toBe(true);
  expect(clusterRetentionMs(topic, 90 * dayMs)).toBe(90 * dayMs);
  expect(clusterRetentionMs(requireTopic('vehicle.state.v1'), dayMs)).toBe(7 * dayMs);
});

test('every table that a consumer writes is made by a migration', () => {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'postgres', 'migrations');
  const sql = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const tables = new Set(sql.flatMap((text) => [...text.matchAll(/create table (\w+)/gi)].map(([, table]) => table)));
  const written = catalogue.consumers.flatMap(({ sinks }) => sinks.filter((sink) => sink.startsWith('table:')));
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((sink) => !tables.has(sink.slice('table:'.length)))).toEqual([]);
});

test('lookups find what is declared and nothing else', () => {
  expect(topicNamed('alerts')?.subject).toBe('Alert');
  expect(topicNamed('ghost')).toBeUndefined();
  expect(consumerNamed('ghost')).toBeUndefined();
  expect(consumersOf('sensor.cleaned').map(({ name }) => name)).toEqual([
    'alert-evaluator',
    'timeseries-writer',
    'window-aggregator',
    'lake-transform',
    'turbine-monitor',
  ]);
  expect(routesOf('mqtt').map(({ filter }) => filter)).toContain('fleet/+/telemetry');
});
