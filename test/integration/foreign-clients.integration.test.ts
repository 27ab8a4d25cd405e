import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  type Bus,
  type Engines,
  freshEngines,
  killLeftovers,
  portsOf,
  runVerb,
  startBus,
  temporaryFolder,
} from '../e2e/bus.ts';
import { type Audited, audit, eventsOf, lakeCounts } from '../e2e/observing.ts';

jest.setTimeout(120_000);

const root = join(import.meta.dirname, '..', '..');
const client = (name: string) => join(import.meta.dirname, 'clients', name);
const python = process.env['EVENT_BUS_TEST_PYTHON'] ?? '';

/** Runs a program to its end and returns what it printed; rejects with its complaint when it fails. */
async function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args);
  let [output, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${complaint}`);
  return output;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

const van = (id: string, seconds: readonly number[]) =>
  JSON.stringify({
    deviceId: id,
    vehicleType: 'van',
    readings: seconds.map((second) => ({ time: `2026-05-04T10:00:0${second}Z`, sequence: second, speedKmh: 10 })),
  });

async function mosquitto(id: string, seconds: readonly number[], how: readonly string[]) {
  const message = ['-i', id, '-q', '1', '-t', `fleet/${id}/telemetry`, '-m', van(id, seconds)];
  await run('mosquitto_pub', ['-h', '127.0.0.1', ...how, ...message]);
}

const variants: readonly { readonly name: string; readonly enginesOf: () => Promise<Engines> }[] = [
  { name: 'embedded engines', enginesOf: async () => ({}) },
  { name: 'Apache Kafka and PostgreSQL', enginesOf: freshEngines },
];

describe.each(variants)('programs that know nothing of this one, with the bus on $name', ({ enginesOf }) => {
  const folder = temporaryFolder();
  let bus: Bus;
  let audited: Audited;

  beforeAll(async () => {
    bus = await startBus({ dataDir: folder.path, engines: await enginesOf(), flags: ['--lake-seconds', '2'] });
  }, 120_000);

  afterAll(async () => {
    await killLeftovers();
    folder.remove();
  });

  async function speedsOf(id: string): Promise<readonly unknown[]> {
    await audit(bus);
    const events = await eventsOf(bus, 'vehicle.telemetry.v1');
    return events.filter(({ key }) => key === id).map(({ data }) => data['speedKmh']);
  }

  test('mosquitto_pub publishes over the plain port, and its readings arrive', async () => {
    await mosquitto('van-1', [1, 2, 3], ['-p', String(portsOf(bus.endpoints).mqtt)]);
    expect(await speedsOf('van-1')).toEqual([10, 10, 10]);
  });

  test('mosquitto_pub publishes with a client certificate, and under no other name than the certificate’s', async () => {
    const { output } = await runVerb(['certificate', 'van-2', '--json', '--data-dir', folder.path]);
    const { ca, certificate, key } = JSON.parse(output);
    const tls = ['-p', String(portsOf(bus.endpoints).mqtts), '--cafile', ca, '--cert', certificate, '--key', key];
    await mosquitto('van-2', [1, 2], tls);
    await expect(mosquitto('van-3', [1], tls)).rejects.toThrow('ended with');
    await expect(mosquitto('van-4', [1], tls.slice(0, 4))).rejects.toThrow('ended with');
    expect(await speedsOf('van-2')).toEqual([10, 10]);
    expect([await speedsOf('van-3'), await speedsOf('van-4')]).toEqual([[], []]);
  });

  test('a Python program publishes over gRPC with stubs made from the proto file', async () => {
    const answer = await run(python, [client('publish_readings.py'), join(root, 'proto'), bus.endpoints.grpc]);
    expect(JSON.parse(answer)).toEqual({
      accepted: 2,
      rejected: [[2, 'mode', 'EVENTBUS_INGEST_READING_INVALID']],
      streamed: Array.from({ length: 10 }, () => 1),
      refused: 'INVALID_ARGUMENT',
    });
    expect(await speedsOf('python-van')).toEqual([31.5, 32, ...Array.from({ length: 10 }, () => null)]);
  });

  test('kcat lists the topics, and reads what the audit counts', async () => {
    audited = await audit(bus);
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    const server = ['-b', bus.endpoints.kafka, '-m', '20'];
    expect(await run('kcat', [...server, '-L'])).toContain('topic "vehicle.telemetry.v1" with 4 partitions');
    const keys = linesOf(await run('kcat', [...server, '-C', '-t', 'vehicle.telemetry.v1', '-e', '-q', '-f', '%k\\n']));
    expect(keys).toHaveLength(audited.row('timeseries-writer', 'vehicle.telemetry.v1')?.records ?? -1);
    expect(new Set(keys)).toEqual(new Set(['van-1', 'van-2', 'python-van']));
  });

  test('kcat writes an event as plain JSON with CloudEvents headers, and it is cleaned like any other', async () => {
    const headers = { specversion: '1.0', id: 'k-1', source: '//kcat', type: 'vehicle.telemetry.reported' };
    const flags = Object.entries({ ...headers, time: '2026-05-04T10:00:00Z', subject: 'van-5' }).flatMap(
      ([name, value]) => ['-H', `ce_${name}=${value}`],
    );
    const target = ['-b', bus.endpoints.kafka, '-P', '-t', 'telemetry.raw.v1', '-k', 'van-5'];
    await run('kcat', [...target, ...flags, '-H', 'content-type=application/json'], van('van-5', [1, 2]));
    expect(await speedsOf('van-5')).toEqual([10, 10]);
  });

  test('psql counts what the audit counts', async () => {
    audited = await audit(bus);
    const query = `select (select count(*) from vehicle_reading), (select count(*) from window_applied),
      (select count(*) from skipped_record), (select count(distinct device_id) from reading_window_day)`;
    const output = await run('psql', [bus.endpoints.postgres, '--no-psqlrc', '-At', '-F', ' ', '-c', query]);
    const applied = audited.row('timeseries-writer', 'vehicle.telemetry.v1')?.applied;
    expect(applied).toBe(19);
    expect(output.trim()).toBe(`${applied} ${applied} 0 4`);
  });

  test('Arrow reads the Parquet files and counts what the audit and DuckDB count', async () => {
    await bus.stop();
    const output = await run(python, [client('read_lake.py'), join(bus.endpoints.lake, 'bronze')]);
    const { counts, speeds } = JSON.parse(output);
    expect(counts).toEqual(await lakeCounts(bus.endpoints.lake));
    expect(counts['vehicle.telemetry.v1']).toBe(audited.row('lake-transform', 'vehicle.telemetry.v1')?.applied);
    expect(speeds).toEqual([
      [expect.stringContaining('2026-05-04T10:00:01'), 31.5],
      [expect.stringContaining('2026-05-04T10:00:02'), 32],
    ]);
  });
});
