import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bus, killLeftovers, runVerb, startBus, temporaryFolder } from '../e2e/bus.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const project = join(folder.path, 'empty');
const running = new Set<ChildProcess>();
let bus: Bus;
let env: NodeJS.ProcessEnv;

/** The programs that stand in a page's code fences with their file name as first line. */
function programsIn(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, page), 'utf8');
  const fences = text.matchAll(/```(?:js|ts)\n\/\/ ([\w-]+\.\w+)\n(.*?)```/gs);
  return new Map([...fences].map(([, name, program]) => [String(name), String(program)]));
}

function run(program: string, ...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: project, encoding: 'utf8', env });
  return { code: status, output: `${stdout}${stderr}` };
}

/** What a program prints that has to end well. */
function mustRun(program: string, ...args: readonly string[]): string {
  const { code, output } = run(program, ...args);
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${output}`);
  return output;
}

/** Starts a program of the project; what it prints is in `output`. */
function startProgram(file: string) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], { cwd: project, env });
  running.add(child);
  const said = { output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.output += text;
    });
  }
  const untilSaid = async (text: string) => {
    while (!said.output.includes(text)) {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}:\n${said.output}`);
      await sleep(50);
    }
  };
  return { child, said, untilSaid, exited: once(child, 'exit') };
}

beforeAll(async () => {
  bus = await startBus({ dataDir: join(folder.path, 'data') });
  const { kafka, queue } = bus.endpoints;
  const letters = `${queue}/000000000000/subscribers-dead-letters`;
  env = { ...process.env, EVENT_BUS_KAFKA: kafka, EVENT_BUS_DEAD_LETTER_QUEUE_URL: letters };
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const tarball = join(root, mustRun(process.execPath, join(root, 'bin', 'build-sdk.ts')).trim());
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  mustRun('npm', 'install', '--no-audit', '--no-fund', tarball, ...tools);
  for (const [name, program] of programsIn('README.md')) writeFileSync(join(project, name), program);
}, 300_000);

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await killLeftovers();
  folder.remove();
});

const tsc = join(project, 'node_modules', '.bin', 'tsc');
const compile = (...files: readonly string[]) =>
  run(tsc, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', ...files);

const strictProgram = `import { eventBus, eventRejected } from '@shared-infra/event-bus';

const handler = ({ data }) => {
  if (data.errorCode === null) throw eventRejected('a failure without a code');
  console.log(data.errorCode);
};
await eventBus.subscribe('photo.processing.failed', handler, { group: 'strict' });
console.log('subscribed');
process.once('SIGINT', () => void eventBus.close());
`;

const failingUpload = `import { eventBus } from '@shared-infra/event-bus';

await eventBus.publish('photo.processing.failed', { photoId: 'p-1', userId: 'u-1' });
await eventBus.close();
`;

const dlq = (...args: readonly string[]) => runVerb(['dlq', ...args, '--data-dir', join(folder.path, 'data')]);

describe('the packed SDK in an empty project', () => {
  test('has the two examples of the README', () => {
    expect([...programsIn('README.md').keys()].sort()).toEqual(['upload.mjs', 'uploads.ts']);
  });

  test('brings types that compile the TypeScript example, declarations included', () => {
    expect(compile('uploads.ts')).toEqual({ code: 0, output: '' });
  });

  test('brings types that refuse a wrong name and a wrong field', () => {
    const head = "import { eventBus } from '@shared-infra/event-bus';\n";
    writeFileSync(join(project, 'wrong-name.ts'), `${head}await eventBus.publish('photo.upload', { photoId: 'p' });\n`);
    writeFileSync(
      join(project, 'wrong-field.ts'),
      `${head}await eventBus.publish('photo.uploaded', { photo: 'p' });\n`,
    );
    expect(compile('wrong-name.ts').output).toContain(`'"photo.upload"' is not assignable`);
    expect(compile('wrong-field.ts').output).toContain(`'photo' does not exist in type 'PhotoEventInput'`);
  });

  test('compiles every example of its own page', () => {
    const examples = [...readFileSync(join(root, 'docs', 'sdk.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)];
    expect(examples.length).toBeGreaterThan(4);
    const files = examples.map(([, program], index) => {
      const file = `example-${index}.ts`;
      writeFileSync(join(project, file), String(program));
      return file;
    });
    expect(compile(...files)).toEqual({ code: 0, output: '' });
  });

  test('runs both examples against a bus: what one publishes the other handles, and Ctrl-C ends it', async () => {
    const watching = startProgram('uploads.ts');
    const uploaded = run(process.execPath, 'upload.mjs');
    expect(uploaded).toMatchObject({ code: 0 });
    expect(uploaded.output).toMatch(/^photo-\d+ is in the log, durably\n$/);
    await watching.untilSaid('\n');
    expect(watching.said.output).toBe('anna uploaded sunrise.jpg\n');
    watching.child.kill('SIGINT');
    expect(await watching.exited).toEqual([0, null]);
  });

  test('sends what a handler rejects to the dead letters of the bus, and gets it back when it is mended', async () => {
    writeFileSync(join(project, 'strict.mjs'), strictProgram);
    const strict = startProgram('strict.mjs');
    await strict.untilSaid('subscribed');
    writeFileSync(join(project, 'fail.mjs'), failingUpload);
    expect(run(process.execPath, 'fail.mjs')).toMatchObject({ code: 0 });
    const groups = async () => {
      const { items } = JSON.parse((await dlq('list', '--consumer', 'strict', '--json')).output);
      return items as readonly { readonly groupId: string; readonly code: string }[];
    };
    let [group] = await groups();
    for (; group === undefined; [group] = await groups()) await sleep(200);
    expect(group.code).toBe('EVENTBUS_SDK_EVENT_REJECTED');
    const mend = ['--patch', '{"errorCode":"mended"}'];
    const redriven = await dlq('redrive', '--group', group.groupId, ...mend);
    expect(redriven.exitCode).toBe(0);
    await strict.untilSaid('mended');
    strict.child.kill('SIGINT');
    expect(await strict.exited).toEqual([0, null]);
  }, 120_000);

  test('gives the examples nothing but what its package names', () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(join(project, 'node_modules', '@shared-infra', 'event-bus', 'package.json'), 'utf8'),
    );
    const names = ['@aws-sdk/client-sqs', '@opentelemetry/api', '@platformatic/kafka', 'avsc'];
    expect(Object.keys(dependencies).sort()).toEqual(names);
    expect(Object.keys(peerDependencies)).toEqual(['@aws-sdk/client-s3']);
  });
});
