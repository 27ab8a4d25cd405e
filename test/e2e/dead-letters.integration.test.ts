import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher, type OutgoingEvent } from '../../src/kafka/publisher.ts';
import type { GroupSummary, LetterSummary } from '../../src/services/dead-letters/letter-views.ts';
import type { RedrivePreview } from '../../src/services/dead-letters/redrive-preview.ts';
import type { RedriveStatus } from '../../src/services/dead-letters/redrive-store.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit, lake, sql } from './observing.ts';

jest.setTimeout(120_000);

// One story, in order: readings from the year 2603 fail at two consumers, are looked at, mended and sent again.

const topic = 'vehicle.telemetry.v1';
const poison = 24;
const receivedAt = Date.now() - 3_600_000;
const beyond = Date.UTC(2603, 0, 1);
const codec = makeCodec();
const folder = temporaryFolder();
let bus: Bus;

function reading(index: number, time: number): OutgoingEvent {
  const vehicleId = `van-${index % 6}`;
  const given = { vehicleId, vehicleType: 'van', time, mode: 'DRIVE', fleet: 'fleet', receivedAt: receivedAt + index };
  const value = codec.parseJson('VehicleTelemetry', { ...given, sequence: index, speedKmh: 10 + index });
  const event = {
    id: `7e1e0000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    source: '/test',
    type: 'vehicle.telemetry.cleaned',
  };
  return { topic, key: vehicleId, subject: 'VehicleTelemetry', value, event };
}

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '2'] });
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const publisher = makePublisher({ connection, codec, clientId: 'test' });
  const good = Array.from({ length: 12 }, (_, index) => reading(100 + index, receivedAt + index));
  const bad = Array.from({ length: poison }, (_, index) => reading(index, beyond + index));
  await publisher.publish([...good, ...bad]);
  await publisher.close();
  while ((await groups()).reduce((sum, { letters }) => sum + letters.open, 0) < 2 * poison) await sleep(200);
  writeFileSync(join(folder.path, 'fix.ts'), migration);
}, 120_000);

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

const migration = `
import type { Migrate } from 'types-are-stripped';

export const migrate: Migrate<'VehicleTelemetry'> = ({ value }) =>
  value === undefined ? null : { ...value, time: value.receivedAt, quality: [...value.quality, 'TIME_REPAIRED'] };
`;

const dlq = (...args: readonly string[]) => runVerb(['dlq', ...args, '--data-dir', folder.path]);
const groups = async () =>
  (await http<{ items: readonly GroupSummary[] }>('/api/dead-letters/groups?status=open')).items;
const groupOf = async (consumer: string) => (await groups()).find((group) => group.consumer === consumer);

async function http<T>(path: string, body?: unknown): Promise<T> {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${bus.endpoints.api}${path}`, body === undefined ? {} : init);
  return (await response.json()) as T;
}

/** Waits until the redrive says that everything is sent. */
async function redriven(redriveId: string): Promise<RedriveStatus> {
  for (; ; await sleep(100)) {
    const status = await http<RedriveStatus>(`/api/redrives/${redriveId}`);
    if (status.state === 'done') return status;
  }
}

const outcome = async () => {
  const [rows] = await sql(
    bus,
    `select (select count(*)::int from vehicle_reading) as readings,
       (select count(*)::int from window_applied) as applied,
       (select sum(count)::int from reading_window where metric = 'speed') as speeds`,
  );
  return rows;
};
const skips = () =>
  sql(
    bus,
    `select consumer, count(*)::int, min(detail) like 'for %' as told from skipped_record
     where reason = 'addressed-to-another-consumer' group by 1 order by 1`,
  );

describe('letters of a real failure', () => {
  test('are one group a consumer, and the good records around them are applied', async () => {
    const { output } = await dlq('list', '--json');
    const found = (JSON.parse(output) as { items: readonly GroupSummary[] }).items;
    expect(found).toEqual(await groups());
    expect(new Set(found.map(({ consumer, code, letters }) => `${consumer} ${code} ${letters.open}`))).toEqual(
      new Set(
        ['timeseries-writer', 'window-aggregator'].map((name) => `${name} EVENTBUS_POSTGRES_DATA_REJECTED ${poison}`),
      ),
    );
    expect(found).toHaveLength(2);
    expect(await outcome()).toEqual({ readings: 12, applied: 12, speeds: 12 });
  });

  test('are shown with decoded value, schema version and stack', async () => {
    const group = await groupOf('timeseries-writer');
    const { output, exitCode } = await dlq('show', group?.groupId ?? '');
    expect(exitCode).toBe(0);
    expect(output).toContain('value, written as VehicleTelemetry/v1');
    expect(output).toContain('outside the years 1715 to 2285');
    expect(output).toMatch(/stack\n +AppError/);
    const stats = await dlq('stats');
    expect(stats.output).toContain(`${2 * poison} open`);
  });
});

test('a letter that is sent again unmended fails again, and says how often it was redriven', async () => {
  const letters = '/api/dead-letters?consumer=window-aggregator&key=van-0';
  const first = (await http<{ items: readonly LetterSummary[] }>(letters)).items.at(-1);
  const { redriveId } = await http<{ redriveId: string }>('/api/redrives', { query: { ids: [first?.letterId] } });
  const again = async () => (await http<{ items: readonly LetterSummary[] }>(`${letters}&status=open`)).items;
  let [latest] = await again();
  for (; latest?.redrives !== 1; [latest] = await again()) await sleep(100);
  expect(latest.origin).toBe(`${topic}/${first?.partition}/${first?.offset}`);
  expect(latest.groupId).toBe(first?.groupId);
  expect(await redriven(redriveId)).toMatchObject({ sent: 1 });
  const asked = { query: { ids: [latest.letterId] }, maxRedrives: 1 };
  expect(await http('/api/redrives/previews', asked)).toMatchObject({ refused: { 'redriven-too-often': 1 } });
});

describe('a migration of the group', () => {
  test('is previewed on a sample, and nothing is sent', async () => {
    const group = await groupOf('timeseries-writer');
    const fix = ['--migrate', join(folder.path, 'fix.ts'), '--dry-run', '--sample', '2', '--json'];
    const { output, exitCode, errors } = await dlq('redrive', '--group', group?.groupId ?? '', ...fix);
    expect([exitCode, errors]).toEqual([0, '']);
    const preview: RedrivePreview = JSON.parse(output);
    expect(preview).toMatchObject({
      selected: poison,
      toSend: poison,
      refused: {},
      destinations: [{ topic, consumer: 'timeseries-writer', letters: poison }],
    });
    expect(preview.sample).toHaveLength(2);
    expect(preview.sample[0]?.changes.map(({ path, kind }) => [path, kind])).toEqual([
      ['time', 'changed'],
      ['quality[0]', 'added'],
    ]);
    expect((await groupOf('timeseries-writer'))?.letters.open).toBe(poison);
  });

  test('is sent to the consumer that failed, applied once, and skipped on record by the others', async () => {
    const group = await groupOf('timeseries-writer');
    const fix = ['--migrate', join(folder.path, 'fix.ts'), '--rate', '1000', '--reason', 'clocks are set', '--json'];
    const { output, exitCode } = await dlq('redrive', '--group', group?.groupId ?? '', ...fix);
    expect(exitCode).toBe(0);
    expect(JSON.parse(output) as RedriveStatus).toMatchObject({
      state: 'done',
      sent: poison,
      reason: 'clocks are set',
    });
    const audited = await audit(bus);
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    expect(audited.row('timeseries-writer', topic)).toMatchObject({ applied: 12 + poison, copies: poison });
    expect(audited.row('window-aggregator', topic)).toMatchObject({
      applied: 12,
      deadLettered: poison + 1,
      skipped: { 'addressed-to-another-consumer': poison },
    });
    expect(await outcome()).toEqual({ readings: 12 + poison, applied: 12, speeds: 12 });
    expect(await skips()).toEqual([
      { consumer: 'alert-evaluator', count: 1 + poison, told: true },
      { consumer: 'safety-monitor', count: 1 + poison, told: true },
      { consumer: 'timeseries-writer', count: 1, told: true },
      { consumer: 'trip-tracker', count: 1 + poison, told: true },
      { consumer: 'window-aggregator', count: poison, told: true },
    ]);
  });

  test('is over: nothing is left to be sent', async () => {
    const { exitCode, errors } = await dlq('redrive', '--consumer', 'timeseries-writer');
    expect(exitCode).toBe(2);
    expect(errors).toContain('EVENTBUS_DLQ_NOTHING_SELECTED');
  });
});

describe('the other group, over HTTP', () => {
  test('is mended by a patch and sent in the order of its keys', async () => {
    const group = await groupOf('window-aggregator');
    const asked = {
      query: { group: group?.groupId },
      patch: { time: receivedAt },
      perSecond: 1000,
      reason: 'the same',
    };
    expect(await http<RedrivePreview>('/api/redrives/previews', asked)).toMatchObject({ toSend: poison, refused: {} });
    const { redriveId } = await http<{ redriveId: string }>('/api/redrives', asked);
    await redriven(redriveId);
    const audited = await audit(bus);
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    expect(await outcome()).toEqual({ readings: 12 + poison, applied: 12 + poison, speeds: 12 + poison });
    expect(await skips()).toEqual([
      { consumer: 'alert-evaluator', count: 1 + 2 * poison, told: true },
      { consumer: 'safety-monitor', count: 1 + 2 * poison, told: true },
      { consumer: 'timeseries-writer', count: 1 + poison, told: true },
      { consumer: 'trip-tracker', count: 1 + 2 * poison, told: true },
      { consumer: 'window-aggregator', count: poison, told: true },
    ]);
    expect(await groups()).toEqual([]);
  });
});

test('the lake keeps every copy and says whom it was for', async () => {
  expect((await bus.stop()).exitCode).toBe(0);
  const rows = await lake(
    bus.endpoints.lake,
    `SELECT addressed_to, count(*)::INTEGER AS records, count(DISTINCT ce_id)::INTEGER AS events FROM {${topic}} GROUP BY ALL ORDER BY ALL`,
  );
  expect(rows).toEqual([
    { addressed_to: 'timeseries-writer', records: poison, events: poison },
    { addressed_to: 'window-aggregator', records: 1 + poison, events: poison },
    { addressed_to: null, records: 12 + poison, events: 12 + poison },
  ]);
});
