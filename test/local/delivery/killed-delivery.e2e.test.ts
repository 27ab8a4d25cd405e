import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { filesBelow, queryLake } from './lake-files.ts';

const program = join(import.meta.dirname, 'killed-delivery.ts');
const records = 9_000;

/** Runs the delivery and kills it after the time, counted from when it reads; resolves with whether it was killed. */
async function run(lake: string, killAfterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, lake, String(records)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref());
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (...end) => resolve(end));
  });
  if (signal === null && code !== 0) throw new Error(`the delivery ended with ${code}`);
  return signal !== null;
}

test('each record is in exactly one file after the delivery was killed again and again', async () => {
  const lake = mkdtempSync(join(tmpdir(), 'lake-'));
  try {
    let kills = 0;
    for (const killAfterMs of [90, 40, 170]) kills += (await run(lake, killAfterMs)) ? 1 : 0;
    expect(kills).toBeGreaterThanOrEqual(2);
    await run(lake, 60_000);
    const counts = `SELECT topic, kafka_partition::int AS partition, count(*)::int AS rows,
      count(DISTINCT kafka_offset)::int AS offsets, max(kafka_offset)::int AS last FROM {lake} GROUP BY ALL ORDER BY ALL`;
    const whole = { rows: records, offsets: records, last: records - 1 };
    expect(await queryLake(lake, counts)).toEqual([
      { topic: 'test.events.v1', partition: 0, ...whole },
      { topic: 'vehicle.state.v1', partition: 0, ...whole },
      { topic: 'vehicle.state.v1', partition: 1, ...whole },
      { topic: 'vehicle.state.v1', partition: 2, ...whole },
    ]);
    expect(filesBelow(lake).length).toBeGreaterThan(4);
  } finally {
    rmSync(lake, { recursive: true, force: true });
  }
});
