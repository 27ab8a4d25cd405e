import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { type TestGateway, testGateway } from '../make/test-gateways.ts';
import { MemoryLog } from '../services/ingest/memory-log.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'event-bus.ts');
const folder = temporaryDirectory();
const log = new MemoryLog();
const children: ChildProcess[] = [];
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway('mqtt', log);
});
afterAll(async () => {
  await gateway.close();
  folder.remove();
});

// A test that failed leaves nobody behind.
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Calls the program as a shell does; `interruptWhen` presses Ctrl-C as soon as it holds. */
async function call(args: readonly string[], interruptWhen?: () => boolean) {
  const flags = ['--disable-warning=ExperimentalWarning', program, ...args, '--target', gateway.target];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const watch = setInterval(() => {
    if (interruptWhen?.() !== true) return;
    // Once: a second Ctrl-C has a meaning of its own.
    clearInterval(watch);
    child.kill('SIGINT');
  }, 50);
  const [exitCode] = await once(child, 'close');
  clearInterval(watch);
  return { exitCode: exitCode as unknown, out, err };
}

const header = 'Date/Time,LV ActivePower (kW),Wind Speed (m/s),Theoretical_Power_Curve (KWh),Wind Direction (°)';

function fileOf(name: string, ...lines: readonly string[]): string {
  const file = join(folder.path, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

describe('replay-file', () => {
  test('tells as JSON what it did, and ends with 0', async () => {
    const file = fileOf('fine.csv', header, '01 01 2018 00:00,380,5.3,416,259', '01 01 2018 00:10,453,5.6,519,268');
    const { exitCode, out } = await call(['replay-file', file, '--profile', 'scada', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      rows: 2,
      acknowledged: 2,
      refused: 0,
      badRows: 0,
      profile: 'scada',
      via: 'mqtt',
    });
    expect(exitCode).toBe(0);
  });

  test('names rows that it could not read, and ends with 1', async () => {
    const file = fileOf('bad-row.csv', header, '01 01 2018 00:00,380,5.3,416,259', '01 01 2018');
    const { exitCode, out } = await call(['replay-file', file, '--profile', 'scada']);
    expect(out).toContain('line 3: another number of cells than the header');
    expect(exitCode).toBe(1);
  });

  test('bad use ends with 2 and says the way out', async () => {
    const file = fileOf('other.csv', 'a,b', '1,2');
    const missing = await call(['replay-file', file, '--profile', 'scada', '--json']);
    expect(missing.exitCode).toBe(2);
    expect(JSON.parse(missing.err)).toMatchObject({ error: { code: 'EVENTBUS_DEVICE_COLUMNS_MISSING' } });
    const unknown = await call(['replay-file', file, '--profile', 'planes']);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.err).toContain('twizy, scada, bikes');
  });
});

describe('simulate', () => {
  test('Ctrl-C ends it with a summary and 130', async () => {
    const before = log.records.length;
    const { exitCode, out } = await call(
      ['simulate', '--rate', '200', '--json'],
      () => log.records.length > before + 20,
    );
    const summary = JSON.parse(out) as { readings: number; acknowledged: number };
    expect(summary.acknowledged).toBe(summary.readings);
    expect(summary.readings).toBeGreaterThan(20);
    expect(exitCode).toBe(130);
  });
});
