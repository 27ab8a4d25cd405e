import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { killLeftovers, runStart, runVerb, temporaryFolder } from './bus.ts';

jest.setTimeout(120_000);

// Every message must name what is wrong with the value got, and the way out; exit codes are those of `--help`.
const usage = 2;
const unavailable = 3;
/** Nothing listens there. */
const nowhere = '127.0.0.1:1';

const folder = temporaryFolder();
let other: Server;
let takenPort = 0;

beforeAll(async () => {
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  takenPort = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(async () => {
  await killLeftovers();
  other.close();
  folder.remove();
});

const inFolder = (...names: readonly string[]) => join(folder.path, ...names);

function written(name: string, text: string): string {
  const path = inFolder(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('start', () => {
  // One folder for all that follows: nothing that fails may leave it unusable for the next.
  const dataDir = inFolder('state');

  test('names the port that another program has, and leaves the folder free', async () => {
    const { exitCode, errors } = await runStart({ dataDir, ports: { kafka: takenPort } });
    expect(errors).toContain('EVENTBUS_BROKER_PORT_TAKEN');
    expect(errors).toContain(`127.0.0.1:${takenPort}`);
    expect(errors).toContain('--kafka-port');
    expect(exitCode).toBe(unavailable);
    expect(readdirSync(dataDir).filter((name) => ['lock', 'endpoints.json'].includes(name))).toEqual([]);
  });

  test('says that the Kafka cluster given cannot be reached', async () => {
    const { exitCode, errors } = await runStart({ dataDir, engines: { kafka: nowhere } });
    expect(errors).toContain('EVENTBUS_KAFKA_UNAVAILABLE');
    expect(errors).toContain(nowhere);
    expect(exitCode).toBe(unavailable);
  });

  test('says that the PostgreSQL given cannot be reached', async () => {
    const engines = { postgres: `postgres://postgres@${nowhere}/bus` };
    const { exitCode, errors } = await runStart({ dataDir, engines });
    expect(errors).toContain('EVENTBUS_POSTGRES_UNAVAILABLE');
    expect(errors).toContain(nowhere);
    expect(exitCode).toBe(unavailable);
  });

  test.each([
    ['the tables', join('postgres', 'data', 'PG_VERSION'), 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT'],
    ['the log', join('kafka', 'log.sqlite'), 'EVENTBUS_BROKER_DATA_CORRUPT'],
  ])('refuses damaged data of %s, names where, and does not write over it', async (_what, file, code) => {
    const garbage = 'not what was written here '.repeat(400);
    const path = join(dataDir, file);
    writeFileSync(path, garbage);
    const { exitCode, errors } = await runStart({ dataDir });
    expect(errors).toContain(code);
    expect(errors).toContain(dirname(path));
    expect(exitCode).toBe(unavailable);
    expect(readFileSync(path, 'utf8')).toBe(garbage);
  });

  test('says which folder cannot be written', async () => {
    const file = written('file', '');
    const { exitCode, errors } = await runStart({ dataDir: join(file, 'below') });
    expect(errors).toContain('EVENTBUS_LOCAL_DATA_DIR_DENIED');
    expect(errors).toContain(join(file, 'below'));
    expect(errors).toContain('--data-dir');
    expect(exitCode).toBe(usage);
  });

  test('says which process has the folder, and touches nothing in it', async () => {
    written(join('held', 'lock'), `${process.pid}\n`);
    const { exitCode, errors } = await runStart({ dataDir: inFolder('held') });
    expect(errors).toContain('EVENTBUS_LOCAL_DATA_DIR_IN_USE');
    expect(errors).toContain(`process ${process.pid}`);
    expect(exitCode).toBe(usage);
    expect(readdirSync(inFolder('held'))).toEqual(['lock']);
  });
});

describe('the command line', () => {
  test('proposes the verb that was probably meant', async () => {
    const { exitCode, errors } = await runVerb(['strat']);
    expect(errors).toContain("unknown command 'strat'");
    expect(errors).toContain('start');
    expect(exitCode).toBe(usage);
  });

  test('names a flag that there is not, and a value that is none', async () => {
    const flag = await runVerb(['topics', '--jsn']);
    expect(flag.errors).toContain("unknown option '--jsn'");
    expect(flag.errors).toContain('--json');
    const value = await runVerb(['start', '--kafka-port', '99999']);
    expect(value.errors).toContain("'99999' is invalid. Give a whole number from 0 to 65535.");
    expect([flag.exitCode, value.exitCode]).toEqual([usage, usage]);
  });

  test('says as JSON what cannot be reached, when JSON is asked for', async () => {
    const { exitCode, errors, output } = await runVerb(['topics', '--json', '--kafka', nowhere]);
    expect(JSON.parse(errors)).toMatchObject({
      error: { code: 'EVENTBUS_KAFKA_UNAVAILABLE', message: expect.stringContaining(nowhere) },
    });
    expect(output).toBe('');
    expect(exitCode).toBe(unavailable);
  });
});

const replay = (file: string) =>
  runVerb(['replay-file', file, '--profile', 'twizy', '--target', `mqtt://${nowhere}`, '--outage', '1']);

describe('replay-file', () => {
  test('names the columns that are missing and those that are there', async () => {
    const { exitCode, errors } = await replay(written('missing.csv', 'trip_id,Date,Time\nT1_a,01/01/2021,10:00:00\n'));
    expect(errors).toContain('EVENTBUS_DEVICE_COLUMNS_MISSING');
    expect(errors).toMatch(/lacks .*"LAT".* its first line has "trip_id", "Date", "Time"/);
    expect(exitCode).toBe(usage);
  });

  test.each([
    ['an empty file', '', 'has no header line'],
    ['a file without rows', 'trip_id\n', 'EVENTBUS_DEVICE_'],
  ])('refuses %s', async (_what, text, saying) => {
    const { exitCode, errors } = await replay(written('empty.csv', text));
    expect(errors).toContain(inFolder('empty.csv'));
    expect(errors).toContain(saying);
    expect(exitCode).toBe(usage);
  });

  test('refuses a file that is not there', async () => {
    const { exitCode, errors } = await replay(inFolder('nowhere.csv'));
    expect(errors).toContain(`${inFolder('nowhere.csv')}: there is no such file`);
    expect(exitCode).toBe(usage);
    expect(existsSync(inFolder('nowhere.csv'))).toBe(false);
  });
});
