import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  argumentsOf,
  type Bus,
  type BusOptions,
  freshEngines,
  killLeftovers,
  runStart,
  runVerb,
  startBus,
  temporaryFolder,
} from './bus.ts';
import { type Audited, audit, sql } from './observing.ts';

jest.setTimeout(120_000);

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const flags = ['--lake-seconds', '2'];
let options: BusOptions;
let group: ChildProcess | undefined;

beforeAll(async () => {
  options = { dataDir: folder.path, flags, engines: await freshEngines(), madeAnew: true };
}, 120_000);

afterAll(async () => {
  const runs = group?.exitCode === null && group.signalCode === null;
  if (runs && group?.pid !== undefined) process.kill(-group.pid, 'SIGKILL');
  await killLeftovers();
  folder.remove();
});

/** Waits until these consumers are done with what has come in. */
async function doneBy(...consumers: readonly string[]): Promise<void> {
  const only = consumers.flatMap((name) => ['--consumer', name]);
  await runVerb(['audit', '--wait', ...only, '--data-dir', folder.path]);
}

/**
 * What `npm start` runs, in a process group of its own as a terminal gives one; Ctrl-C goes to the whole group. It comes
 * when enough is said, and the cleaner is done with what had come in by then.
 */
async function startedAsPeopleDo(enough: (lines: readonly string[]) => boolean) {
  const words = argumentsOf({ ...options, flags: [...flags, '--sample-rate', '200'] });
  const args = words.filter((word) => word !== '--json' && word !== '--no-sample');
  const child = spawn(process.execPath, ['bin/run.mjs', 'bin/event-bus.ts', ...args], { cwd: root, detached: true });
  group = child;
  const closed = once(child, 'close');
  const said = Promise.withResolvers<void>();
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (enough(text.split('\n'))) said.resolve();
  });
  await Promise.race([said.promise, closed]);
  if (child.exitCode === null) {
    await doneBy('telemetry-cleaner');
    process.kill(-(child.pid ?? 0), 'SIGINT');
  }
  const [exitCode] = await closed;
  return { exitCode, text, lines: text.split('\n') };
}

const columns =
  'trip_id,Date,Time,Soc,Speed,Mode,LAT,LON,ALT,GpsSpeed,Temperature,Humidity,Weather,WindSpeedAv,Traffic,SpeedLimit';

/** A row as the electric car's recorder writes it. */
const recordedRow = (trip: string, second: number) =>
  `${trip},03/29/2021,11:15:0${second},87.2,16.4,D,33.98,-6.72,135,24.8,20,60,Clouds,2.4,0,60`;

describe('a first start where nobody has a terminal', () => {
  let run: Awaited<ReturnType<typeof startedAsPeopleDo>>;
  const statusLine =
    /^[\d,]+ records\/s · lag [\d,]+ · accepted ([\d,]+) · refused 0 · alerts [\d,]+ · dead letters 0$/;

  const acceptedIn = (line: string) => Number(statusLine.exec(line)?.[1]?.replaceAll(',', '') ?? 0);

  beforeAll(async () => {
    // By then each of the fifty devices has sent something.
    run = await startedAsPeopleDo((lines) => lines.some((line) => acceptedIn(line) >= 50));
  }, 180_000);

  test('says what it starts, where everything is reached, and then a plain line now and then', () => {
    expect(run.lines).toContainEqual(expect.stringMatching(/^ready in \d+\.\d s$/));
    for (const part of ['Kafka', 'MQTT', 'gRPC', 'PostgreSQL', 'queues', 'lake', 'log']) {
      expect(run.lines).toContainEqual(expect.stringMatching(new RegExp(`^${part} +\\S+`)));
    }
    expect(run.text).not.toContain('\u001B');
  });

  test('has sample devices whose readings come through', () => {
    expect(Math.max(...run.lines.map(acceptedIn))).toBeGreaterThanOrEqual(50);
  });

  test('ends at Ctrl-C with a ledger of what became of the records, and exit code 0', () => {
    expect(run.exitCode).toBe(0);
    const ledger = run.lines.slice(run.lines.findIndex((line) => line.startsWith('stopping: ')));
    expect(ledger).toContainEqual(expect.stringMatching(/^consumer +topic +in +applied +skipped +dead letters$/));
    for (const topic of ['telemetry.raw.v1', 'veh.events.raw', 'wind.turbine.raw']) {
      expect(ledger).toContainEqual(expect.stringMatching(new RegExp(`^telemetry-cleaner +${topic} +[1-9]`)));
    }
  });
});

describe('a second start on the same folder', () => {
  let bus: Bus;
  let before: Audited;

  beforeAll(async () => {
    bus = await startBus(options);
    before = await audit(bus);
  }, 120_000);

  test('continues with what the first one left, and misses nothing of it', () => {
    expect(before).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    expect(before.row('telemetry-cleaner', 'telemetry.raw.v1')?.records).toBeGreaterThan(0);
  });

  test('is refused while this one runs, by the process id', async () => {
    const { exitCode, errors } = await runStart(options);
    expect(errors).toContain('EVENTBUS_LOCAL_DATA_DIR_IN_USE');
    expect(errors).toContain(`process ${bus.pid} runs on ${folder.path}`);
    expect(exitCode).toBe(2);
  });

  test('proposes the topic that was probably meant', async () => {
    const { exitCode, errors } = await runVerb(['consume', 'vehicle.telemtry.v1', '--data-dir', folder.path]);
    expect(errors).toContain('EVENTBUS_CLI_TOPIC_UNKNOWN');
    expect(errors).toContain('did you mean "vehicle.telemetry.v1"');
    expect(exitCode).toBe(2);
  });

  test('takes none of an input with one bad line, and says which', async () => {
    const alert = '{"subjectId":1}';
    const { exitCode, errors } = await runVerb(['produce', 'customer-events', '--data-dir', folder.path], `${alert}\n`);
    expect(errors).toContain('line 1');
    expect(errors).toContain('Nothing was sent');
    expect(exitCode).toBe(2);
    const { output } = await runVerb(['consume', 'customer-events', '--json', '--data-dir', folder.path]);
    expect(output).toBe('');
  });

  test('takes the good rows of a file and names the bad ones', async () => {
    const file = join(folder.path, 'bad-rows.csv');
    const rows = [recordedRow('T1_a', 1), recordedRow('?', 2), 'T1_a,too,few', recordedRow('T1_a', 4)];
    writeFileSync(file, `${columns}\n${rows.join('\n')}\n`);
    const replay = ['replay-file', file, '--profile', 'twizy', '--data-dir', folder.path];
    const { exitCode, output } = await runVerb(replay);
    expect(exitCode).toBe(1);
    expect(output).toContain('rows that could not be read: 2');
    expect(output).toMatch(/line 3: .*"\?"/);
    expect(output).toContain('line 4: ');
    await doneBy('telemetry-cleaner', 'timeseries-writer');
    const found = await sql(bus, `select sequence::int from vehicle_reading where vehicle_id = 'twizy-t1' order by 1`);
    expect(found).toEqual([{ sequence: 1 }, { sequence: 4 }]);
  });

  test('ends at once when Ctrl-C comes twice', async () => {
    process.kill(bus.pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await bus.stop()).exitCode).toBe(130);
  });
});
