import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import { type Bus, killLeftovers, portsOf, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit, eventsOf, sql } from './observing.ts';

jest.setTimeout(180_000);

const folder = temporaryFolder();
const topic = 'safety.audit.v1';
const commands = 200;
const accepted: string[] = [];
let bus: Bus;

interface Verified {
  readonly exitCode: number | null;
  readonly chain: {
    readonly entries: number;
    readonly first: number;
    readonly broken: { readonly kind: string; readonly place: object } | null;
  };
}

async function verified(): Promise<Verified> {
  const flags = ['--chain', '--topic', topic, '--json', '--data-dir', folder.path];
  const { exitCode, output } = await runVerb(['audit', ...flags]);
  return { exitCode, chain: JSON.parse(output).topics[0].chains[0] };
}

/** Commands that the policy denies: each is one decision and one entry. */
async function giveCommand(number: number): Promise<void> {
  const answer = await fetch(`${bus.endpoints.api}/api/vehicles/van-${number % 7}/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'lock' }),
  });
  if (answer.status === 202) accepted.push(String(((await answer.json()) as Record<string, unknown>)['commandId']));
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; !(await look()); await sleep(200)) {
    if (Date.now() > end) throw new Error(`waited in vain: ${look.toString()}`);
  }
}

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, flags: ['--lake-seconds', '2'] });
}, 180_000);

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

test('a bus that is killed among commands loses no decision and makes none twice', async () => {
  const giving = (async () => {
    for (let number = 0; number < commands; number += 1) await giveCommand(number).catch(() => undefined);
  })();
  await until(async () => accepted.length >= commands / 2);
  await bus.kill();
  await giving;
  bus = await startBus({ dataDir: folder.path, ports: portsOf(bus.endpoints), flags: ['--lake-seconds', '2'] });
  await until(async () => {
    const rows = await sql(bus, `select command_id as id from vehicle_command where state = 'REJECTED'`);
    const known = new Set(rows.map(({ id }) => id));
    return accepted.every((id) => known.has(id));
  });
  const { exitCode, report } = await audit(bus);
  expect({ exitCode, missing: report.missing, duplicated: report.duplicated }).toEqual({
    exitCode: 0,
    missing: 0,
    duplicated: 0,
  });
  const entries = await eventsOf(bus, topic);
  const decided = new Set(entries.map(({ data }) => (data['details'] as Record<string, string>)['commandId']));
  expect(accepted.filter((id) => !decided.has(id))).toEqual([]);
  expect(await verified()).toMatchObject({ exitCode: 0, chain: { entries: decided.size, broken: null } });
});

describe('beyond the topic’s retention', () => {
  let whole: number;
  let partition: number;

  beforeAll(async () => {
    whole = (await verified()).chain.entries;
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [bus.endpoints.kafka] });
    const partitions = [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }));
    const [answer] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
    const filled = answer?.partitions.find(({ offset }) => offset > 0n);
    partition = filled?.partitionIndex ?? -1;
    const half = (filled?.offset ?? 0n) / 2n;
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: half }] }] });
    await admin.close();
  });

  test('the lake holds the beginning of the chain', async () => {
    expect(await verified()).toMatchObject({ exitCode: 0, chain: { entries: whole, first: 1, broken: null } });
  });

  test('a changed row of the lake is named with its place', async () => {
    await changeLake(`UPDATE t SET actorId = 'operator:mallory' WHERE kafka_offset = 3`);
    expect(await verified()).toMatchObject({
      exitCode: 1,
      chain: { entries: 3, broken: { kind: 'altered', place: { topic, partition, offset: 3 } } },
    });
  });

  test('and so is the entry behind rows that are gone', async () => {
    await changeLake('DELETE FROM t WHERE kafka_offset IN (2, 3)');
    expect(await verified()).toMatchObject({
      exitCode: 1,
      chain: { entries: 2, broken: { kind: 'removed', place: { topic, partition, offset: 4 } } },
    });
  });
});

/** Rewrites the topic's Parquet file that holds its first offsets. */
async function changeLake(change: string): Promise<void> {
  const root = join(bus.endpoints.lake, 'bronze', `topic=${topic}`);
  const files = readdirSync(root, { recursive: true }).map((name) => join(root, String(name)));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const file of files.filter((name) => name.endsWith('.parquet'))) {
    await connection.run(
      `CREATE OR REPLACE TABLE t AS SELECT * FROM read_parquet('${file}', hive_partitioning = false)`,
    );
    await connection.run(change);
    await connection.run(`COPY t TO '${file}' (FORMAT parquet)`);
  }
  connection.closeSync();
  instance.closeSync();
}
