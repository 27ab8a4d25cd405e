import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { topicSpecOf } from '../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { realKafka } from '../make/event-source-rig.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'event-bus.ts');
const folder = temporaryDirectory();
const children: ChildProcess[] = [];
let kafka: Pick<EmbeddedKafka, 'bootstrapServers' | 'close'>;

beforeAll(async () => {
  kafka =
    realKafka === undefined
      ? await startEmbeddedKafka({ port: 0, dataDir: join(folder.path, 'kafka'), log: () => {} })
      : { bootstrapServers: realKafka, close: async () => {} };
  const admin = makeAdmin({ connection: kafka });
  const limits = { maxRetentionMs: 86_400_000, maxPartitions: 2 };
  await admin.ensureTopics(catalogue.topics.map((topic) => topicSpecOf(topic, limits)));
  await admin.close();
});

afterAll(async () => {
  await kafka.close();
  folder.remove();
});

// A test that failed leaves nobody behind.
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

interface Called extends Promise<Ended> {
  /** What the verb has printed so far. */
  out(): string;
  isRunning(): boolean;
  interrupt(): void;
}

/** Calls the program as a shell does; `--kafka` is added. */
function call(args: readonly string[], input = ''): Called {
  const flags = ['--disable-warning=ExperimentalWarning', program, ...args, '--kafka', kafka.bootstrapServers];
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => {}).end(input);
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, out, err }));
  return Object.assign(ended, {
    out: () => out,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    interrupt: () => void child.kill('SIGINT'),
  });
}

const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const reading = (sensorId: string, value: number) => ({
  sensorId,
  time: '2026-05-04T10:00:00Z',
  metric: 'm',
  value,
  unit: 'u',
});

describe('produce and consume', () => {
  test('carry events from JSON lines to decoded lines, and from there to another topic of the subject', async () => {
    const lines = [1, 2, 3].map((value) => JSON.stringify(reading(`s-${value}`, value))).join('\n');
    const produced = await call(['produce', 'sensor.raw', '--json'], lines);
    expect(produced).toMatchObject({ exitCode: 0, err: '' });
    const { count, ids } = JSON.parse(produced.out);
    expect(count).toBe(3);

    const consumed = await call(['consume', 'sensor.raw', '--json']);
    expect(consumed.exitCode).toBe(0);
    const events = jsonLines(consumed.out).filter(({ id }) => ids.includes(id));
    expect(new Set(events.map(({ data }) => data.value))).toEqual(new Set([1, 2, 3]));

    const again = await call(['produce', 'sensor.raw', '--json'], consumed.out);
    expect(JSON.parse(again.out).ids).toEqual(expect.arrayContaining(ids));
  });

  test('publish nothing when a line of a file is bad, naming line and field', async () => {
    const file = join(folder.path, 'bad.jsonl');
    writeFileSync(file, `${JSON.stringify(reading('none-of-it', 1))}\n{"sensorId":"none-of-it"}\n`);
    const produced = await call(['produce', 'sensor.raw', '--file', file]);
    expect(produced).toMatchObject({ exitCode: 2, out: '' });
    expect(produced.err).toContain('line 2: SensorReading.time is absent');
    const consumed = await call(['consume', 'sensor.raw', '--key', 'none-of-it', '--json']);
    expect(consumed).toMatchObject({ exitCode: 0, out: '' });
  });

  test('show a broken record with its code among the others, and exit with 1', async () => {
    const publisher = makePublisher({ connection: kafka, codec: makeCodec(), clientId: 'test' });
    await publisher.send([{ topic: 'system.health.v1', key: 'k', value: Buffer.from([3, 0, 1]), headers: {} }]);
    await publisher.close();
    const healthy = JSON.stringify({ component: 'c', status: 'HEALTHY', time: 1 });
    await call(['produce', 'system.health.v1'], healthy);
    const { exitCode, out, err } = await call(['consume', 'system.health.v1']);
    expect(exitCode).toBe(1);
    expect(out).toContain('! EVENTBUS_CODEC_TRUNCATED');
    expect(out).toContain('"component":"c"');
    expect(err).toContain('could not be decoded');
  });

  test('follow a topic until Ctrl-C, which is a clean end', async () => {
    const following = call(['consume', 'alerts', '--follow', '--json']);
    const example = JSON.parse((await call(['topics', 'alerts', '--json'])).out).schema.example;
    const type = ['--type', 'alert.raised'];
    await call(['produce', 'alerts', ...type], JSON.stringify(example));
    while (following.isRunning() && !following.out().includes(example.alertId)) await sleep(20);
    following.interrupt();
    expect((await following).exitCode).toBe(0);
  });
});

test('misuse is answered with exit code 2 and the way out', async () => {
  const misuses: readonly (readonly [readonly string[], string])[] = [
    [['topics', 'alert'], 'did you mean "alerts"'],
    [['produce', 'alerts', '--type', 'alert.rised'], 'did you mean "alert.raised"'],
    [['consume', 'alerts', '--partition', '99'], '0 to '],
  ];
  for (const [args, message] of misuses) {
    const { exitCode, err, out } = await call(args);
    expect({ args, exitCode, out }).toEqual({ args, exitCode: 2, out: '' });
    expect(err).toContain(message);
  }
});

test('doctor finds a cluster and its topics with the bus stopped, and tells programs so', async () => {
  const { exitCode, out } = await call(['doctor', '--json', '--data-dir', join(folder.path, 'none')]);
  const { bus, findings } = JSON.parse(out);
  expect(bus).toBe('stopped');
  const statusOf = (name: string) => findings.find(({ check }: { check: string }) => check === name)?.status;
  expect([statusOf('Node'), statusOf('catalogue'), statusOf('Kafka')]).toEqual(['ok', 'ok', 'ok']);
  // The ports of this machine may be taken by something else, which is a finding of its own.
  expect(exitCode).toBe(findings.some(({ status }: { status: string }) => status === 'fail') ? 1 : 0);
});
