import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { paths } from '../../../src/local/postgres/data-folder.ts';
import { startEmbeddedPostgres } from '../../../src/local/postgres/embedded-postgres.ts';
import { makePool } from '../../../src/postgres/pool.ts';
import { prepareDataDir } from '../../make/postgres.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const writer = join(import.meta.dirname, 'killed-postgres.ts');

/** Lets the writer commit that many times and kills it; returns the highest acknowledged row of each worker. */
async function writeAndKill(dataDir: string, commits: number): Promise<ReadonlyMap<number, number>> {
  const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the writer ended by itself with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.split('\n').length > commits) resolve();
    });
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  const acknowledged = new Map<number, number>();
  for (const [, worker, n] of output.matchAll(/^(\d) (\d+)\n/gm)) acknowledged.set(Number(worker), Number(n));
  return acknowledged;
}

test('a process killed in the middle of its commits loses none of them and leaves no half of one', async () => {
  const folder = temporaryDirectory();
  await prepareDataDir(folder.path);
  for (const commits of [60, 20]) {
    const acknowledged = await writeAndKill(folder.path, commits);
    expect(acknowledged.size).toBeGreaterThan(0);
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
    const pool = makePool(postgres.url);
    const { rows } = await pool.query<{ worker: number; n: number; count: number }>(
      'select worker, max(n) as n, count(*) as count from kept group by 1',
    );
    for (const [worker, n] of acknowledged) {
      const kept = rows.find((row) => row.worker === worker);
      expect(kept?.n).toBeGreaterThanOrEqual(n);
      expect(kept?.count).toBe(kept?.n);
      expect((kept?.n ?? 1) % 25).toBe(0);
    }
    await pool.end();
    await postgres.close();
  }
  folder.remove();
});

test('what a killed first start left behind is cleared by the next one', async () => {
  const folder = temporaryDirectory();
  await prepareDataDir(folder.path);
  const { scratch } = paths(folder.path);
  mkdirSync(scratch);
  writeFileSync(join(scratch, 'PG_VERSION'), '18');
  const postgres = await startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
  await postgres.close();
  expect(existsSync(scratch)).toBe(false);
  expect(readFileSync(join(paths(folder.path).data, 'PG_VERSION'), 'utf8').trim()).toBe('18');
  folder.remove();
});
