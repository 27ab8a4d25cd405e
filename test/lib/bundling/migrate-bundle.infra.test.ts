import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundledFile, withBundle } from '../../../lib/bundling/function-bundle.ts';
import { operationalDatabase } from '../../../src/catalogue/database.ts';
import { makeTimeseriesProcessor } from '../../../src/consumers/timeseries-writer/processor.ts';
import { makePool, type Pool } from '../../../src/postgres/pool.ts';
import { batchOf, signal, vehicleItem } from '../../make/cleaned-items.ts';
import { emptyDatabase, type TestDatabase } from '../../make/postgres.ts';

let database: TestDatabase;
let application: Pool;
beforeAll(async () => {
  database = await emptyDatabase();
  application = makePool(database.url, { max: 1 });
  application.on('connect', (client) => {
    void client.query(`set role ${operationalDatabase.application}`);
  });
});
afterAll(async () => {
  await application.end();
  await database.close();
});

/** Calls the handler of a bundle in a process of its own, as Lambda would. */
async function call(folder: string, event: object = {}): Promise<unknown> {
  const module = pathToFileURL(join(folder, bundledFile)).href;
  const program = `const { handler } = await import(${JSON.stringify(module)}); console.log(JSON.stringify(await handler(${JSON.stringify(event)})));`;
  const env = { ...process.env, EVENT_BUS_DATABASE_URL: database.url };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env });
  return JSON.parse(stdout);
}

test('the bundle that is deployed migrates an empty database, changes nothing a second time, and leaves the application a role that can write', async () => {
  await withBundle('migrate', async (folder) => {
    const first = (await call(folder)) as { readonly applied: readonly string[] };
    expect(first.applied[0]).toBe('001_consumers');
    expect(first.applied).toContain('006_time_partitions');
    expect(await call(folder)).toEqual({ applied: [] });
    expect(await call(folder, { forgetLog: 'lost' })).toMatchObject({ schema: 'log_lost', rows: { dead_letter: 0 } });
  });
  const outcomes = await makeTimeseriesProcessor(application).apply(batchOf(vehicleItem(3)), signal);
  expect(outcomes).toEqual([{ fate: 'applied' }]);
  const { rows } = await database.pool.query('select count(*)::int as count from vehicle_reading');
  expect(rows).toEqual([{ count: 1 }]);
});
