import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import { recordedFile, recordedHere } from '../make/recorded-data.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit, lakeCounts, sql } from './observing.ts';

jest.setTimeout(120_000);

// One bus with the recorded days of the car behind it, or without the file some seconds of simulated devices: half of the
// log is removed as retention would, then everything is replayed.

const folder = temporaryFolder();
let engines: Awaited<ReturnType<typeof freshEngines>>;
let bus: Bus;

beforeAll(async () => {
  engines = await freshEngines();
  bus = await startBus({ dataDir: folder.path, engines, flags: ['--lake-seconds', '1'] });
  const sent = await runVerb(
    recordedHere
      ? ['replay-file', recordedFile('twizy'), '--profile', 'twizy', '--speed', 'max', '--data-dir', folder.path]
      : ['simulate', '--target', bus.endpoints.mqtt, '--rate', '600', '--seconds', '4'],
  );
  if (sent.exitCode !== 0) throw new Error(sent.errors);
  await audit(bus);
  const [{ rows } = { rows: 0 }] = await sql<{ rows: number }>(
    bus,
    'select count(*)::int as rows from vehicle_reading',
  );
  while (((await lakeCounts(bus.endpoints.lake))['vehicle.telemetry.v1'] ?? 0) < rows) await sleep(200);
}, 300_000);

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

/** Runs the verb; `said` is everything it printed. */
async function replay(...words: readonly string[]) {
  const { exitCode, output, errors } = await runVerb(['replay', ...words, '--data-dir', folder.path]);
  return { exitCode, said: output + errors };
}

const windowRows = () => sql(bus, 'select * from reading_window order by device_id, metric, window_start');
const appliedRows = () => sql(bus, 'select * from window_applied order by event_id');

/** Removes the older half of every partition, as retention does. */
async function removeOlderHalf(topic: string): Promise<number> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [bus.endpoints.kafka] });
  try {
    const [answer] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, timestamp: -1n })) }],
    });
    const halves = (answer?.partitions ?? []).map(({ partitionIndex, offset }) => ({
      partition: partitionIndex,
      offset: offset / 2n,
    }));
    await admin.deleteRecords({ topics: [{ name: topic, partitions: halves }] });
    return halves.reduce((sum, { offset }) => sum + Number(offset), 0);
  } finally {
    await admin.close();
  }
}

describe('a replay', () => {
  test('tells what it would deliver, and delivers nothing, with --dry-run', async () => {
    const { said, exitCode } = await replay(
      '--topic',
      'vehicle.telemetry.v1',
      '--consumer',
      'timeseries-writer',
      '--dry-run',
    );
    expect(exitCode).toBe(0);
    expect(said).toMatch(/[\d,]+ records of vehicle\.telemetry\.v1 in \d partitions, to timeseries-writer/);
    expect((await replay('list')).said).toBe('no replays\n');
  });

  test('is absorbed by a sink that holds the records already', async () => {
    const before = await sql(bus, 'select count(*)::int as rows from vehicle_reading');
    const { exitCode, said } = await replay('--topic', 'vehicle.telemetry.v1', '--consumer', 'timeseries-writer');
    expect(said).toContain('replayed');
    expect(exitCode).toBe(0);
    expect(await sql(bus, 'select count(*)::int as rows from vehicle_reading')).toEqual(before);
  });

  test('with --reset rebuilds the windows bit for bit, across the edge where the lake takes over from the log', async () => {
    const windows = await windowRows();
    const applied = await appliedRows();
    expect(windows.length).toBeGreaterThan(50);
    const removed = await removeOlderHalf('vehicle.telemetry.v1');
    expect(removed).toBeGreaterThan(100);
    const { exitCode, said } = await replay('--consumer', 'window-aggregator', '--reset');
    expect(said).toContain(`${removed.toLocaleString('en-US')} from the lake`);
    expect(said).toContain('replayed');
    expect(exitCode).toBe(0);
    expect(await windowRows()).toEqual(windows);
    expect(await appliedRows()).toEqual(applied);
  });

  test('refuses a range that the lake lacks, names it, and goes on where it is told to', async () => {
    const lakeless = ['--topic', 'vehicle.telemetry.v1', '--consumer', 'timeseries-writer', '--lake', '/nonexistent'];
    const refused = await replay(...lakeless, '--from', '0');
    expect(refused.exitCode).toBe(2);
    expect(refused.said).toMatch(/EVENTBUS_REPLAY_GAP: .*partition \d: offsets 0 to \d+ are gone/);
    expect((await replay(...lakeless, '--from', '0', '--allow-gaps')).exitCode).toBe(0);
  });

  test('refuses to empty a projection whose beginning is nowhere any more', async () => {
    const windows = await windowRows();
    const { exitCode, said } = await replay('--consumer', 'window-aggregator', '--reset', '--lake', '/nonexistent');
    expect(exitCode).toBe(2);
    expect(said).toMatch(/EVENTBUS_REPLAY_GAP: .*partition \d: offsets 0 to \d+ are gone/);
    expect(await windowRows()).toEqual(windows);
  });

  test('refuses to empty a consumer that publishes events', async () => {
    const { exitCode, said } = await replay('--consumer', 'telemetry-cleaner', '--reset');
    expect(exitCode).toBe(2);
    expect(said).toContain('EVENTBUS_REPLAY_NO_RESET');
  });
});
