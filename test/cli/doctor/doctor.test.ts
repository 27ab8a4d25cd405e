import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { catalogueChecks } from '../../../src/cli/doctor/catalogue-checks.ts';
import { diagnosisOf, doctorView } from '../../../src/cli/doctor/doctor-view.ts';
import { certificateFinding } from '../../../src/cli/doctor/entrance-checks.ts';
import { type Check, ok, warn } from '../../../src/cli/doctor/finding.ts';
import { dataDirectoryCheck, freeSpace, nodeCheck } from '../../../src/cli/doctor/installation-checks.ts';
import { lagCheck, topicFindings } from '../../../src/cli/doctor/kafka-checks.ts';
import { letterFindings } from '../../../src/cli/doctor/letters-check.ts';
import { freePortsCheck, heldPortsCheck, portsOf } from '../../../src/cli/doctor/port-checks.ts';
import { migrationFindings } from '../../../src/cli/doctor/postgres-check.ts';
import { deadLetterFindings, queueCheck } from '../../../src/cli/doctor/queue-checks.ts';
import { runChecks } from '../../../src/cli/doctor/run-checks.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { readEndpoints } from '../../../src/local/platform/endpoints.ts';
import { letterFor } from '../../../src/ports/dead-letter-queue/dead-letter-queue.cases.ts';
import { makeSqsDeadLetterQueue } from '../../../src/ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import { makeFolderObjectStore } from '../../../src/ports/object-store/object-store.folder.ts';
import { startTestQueue } from '../../make/embedded-queue.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

const finding = async (check: Check) => [await check.run()].flat()[0];

const folderFinding = (path: string, holder?: number) => finding(dataDirectoryCheck({ path, holder }));

describe('the installation', () => {
  test('needs Node 24', async () => {
    expect(await finding(nodeCheck('24.21.0'))).toEqual(ok('Node', '24.21.0'));
    expect(await finding(nodeCheck('20.20.0'))).toMatchObject({ status: 'fail', fix: expect.stringContaining('npm') });
  });

  test('warns of a disk that is nearly full, and fails when it is', () => {
    const gib = 1024 ** 3;
    expect(freeSpace(50 * gib, '/x').status).toBe('ok');
    expect(freeSpace(gib, '/x').status).toBe('warn');
    expect(freeSpace(1000, '/x')).toMatchObject({ status: 'fail', message: '0.0 GiB free at /x' });
  });

  test('may have a data folder that is still to be made, is held, or was left by a killed bus', async () => {
    const { path } = folder;
    expect((await folderFinding(join(path, 'a', 'b')))?.message).toContain('will be made');
    expect((await folderFinding(path, 42))?.message).toContain('held by process 42');
    writeFileSync(join(path, 'lock'), '1');
    expect(await folderFinding(path)).toMatchObject({ status: 'ok', message: expect.stringContaining('was killed') });
  });

  test('cannot have a file as data folder', async () => {
    const path = join(folder.path, 'file');
    writeFileSync(path, '');
    expect(await finding(dataDirectoryCheck({ path, holder: undefined }))).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('--data-dir'),
    });
  });
});

describe('the catalogue', () => {
  const context = { schemas, clusterMaxRetentionMs: 90 * 86_400_000 };

  test('that is shipped is sound', async () => {
    const found = await Promise.all(catalogueChecks(catalogue, context).map(finding));
    expect(found.map((one) => [one?.check, one?.status])).toEqual([
      ['catalogue', 'ok'],
      ['schemas', 'ok'],
    ]);
  });

  test('fails with each problem and its fix', async () => {
    const topics = catalogue.topics.map((topic) =>
      topic.name === 'alerts' ? { ...topic, subject: 'Nothing' } : topic,
    );
    const [check] = catalogueChecks({ ...catalogue, topics }, context);
    const found = [await check?.run()].flat();
    expect(found[0]).toMatchObject({ status: 'fail', message: expect.stringContaining('Nothing') });
    expect(found[0]?.fix).toBeTruthy();
  });
});

describe('ports', () => {
  test('come from the endpoints', () => {
    const ports = portsOf(readEndpoints(join(folder.path, 'none')));
    expect(ports.map(({ part, port }) => `${part} ${port}`)).toEqual([
      'Kafka 9092',
      'PostgreSQL 5432',
      'MQTT 1883',
      'MQTTS 8883',
      'gRPC 50051',
      'queue 9324',
    ]);
  });

  test('are free or taken, with the flag that chooses another one', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const kafka = { part: 'Kafka', host: '127.0.0.1', port, flag: '--kafka-port' };
    const postgres = { part: 'PostgreSQL', host: '127.0.0.1', port, flag: '--postgres-port' };
    expect(await finding(freePortsCheck([kafka]))).toMatchObject({
      status: 'fail',
      message: `${port} (Kafka) is in use by another program`,
      fix: expect.stringContaining('--kafka-port'),
    });
    expect(await finding(freePortsCheck([postgres]))).toMatchObject({ status: 'warn' });
    expect(await finding(heldPortsCheck([kafka], 42))).toEqual(ok('ports', `Kafka ${port} are held by process 42`));
    server.close();
    await once(server, 'close');
    expect(await finding(freePortsCheck([kafka]))).toEqual(ok('ports', `Kafka ${port} are free`));
    expect(await finding(heldPortsCheck([kafka], 42))).toMatchObject({ status: 'fail' });
  });
});

const described = (partitions: number) => [
  {
    name: 'alerts',
    partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, start: 0, end: 0 })),
  },
];

describe('the topics of a cluster', () => {
  const [topic] = catalogue.topics.filter(({ name }) => name === 'alerts');
  const declared = topic === undefined ? [] : [topic];
  test.each([
    ['missing', [], 'fail', 'not on the cluster: alerts'],
    ['too small', described(2), 'warn', 'alerts 2 of 4'],
    ['as they should be', described(4), 'ok', 'all 1 of the catalogue are there'],
    ['larger than declared', described(13), 'warn', 'alerts 13 of 12'],
  ])('may be %s', (...[, found, status, message]) => {
    const [first] = topicFindings(declared, found, () => 4);
    expect(first).toMatchObject({ status, message: expect.stringContaining(message) });
    expect(first?.fix === undefined).toBe(status === 'ok');
  });
});

const admin = (committed: () => number) => ({
  listTopics: async () => [],
  groupLag: async (group: string) => {
    const offset = committed();
    return group === 'alert-evaluator'
      ? [{ topic: 't', partition: 0, committed: offset, end: 50_000, lagRecords: 50_000 - offset }]
      : [];
  },
});

describe('lag', () => {
  test('of a consumer that stands still is a warning', async () => {
    expect(await finding(lagCheck({ admin: admin(() => 7), catalogue }, 1))).toMatchObject({
      status: 'warn',
      message: 'alert-evaluator is 49,993 records behind and stands still',
    });
  });

  test('of a consumer that moves is shown', async () => {
    let offset = 0;
    expect(await finding(lagCheck({ admin: admin(() => offset++), catalogue }, 1))).toMatchObject({ status: 'ok' });
  });
});

describe('migrations', () => {
  const wanted = [
    { name: '001_a', checksum: 'x' },
    { name: '002_b', checksum: 'y' },
  ];

  test('are all applied, or not', () => {
    expect(migrationFindings(wanted, wanted)).toEqual([ok('migrations', 'all 2 are applied')]);
    expect(migrationFindings(wanted, wanted.slice(0, 1))).toMatchObject([
      { status: 'fail', message: 'not applied: 002_b' },
    ]);
  });

  test('must not have changed since', () => {
    const applied = [{ name: '001_a', checksum: 'other' }, ...wanted.slice(1)];
    expect(migrationFindings(wanted, applied)).toMatchObject([
      { status: 'fail', message: expect.stringContaining('001_a') },
    ]);
  });
});

describe('the queue', () => {
  test('answers, and letters that wait are named by queue', async () => {
    const test = await startTestQueue(['cleaner-dead-letters', 'empty-dead-letters']);
    try {
      const before = [await queueCheck(test.queue.url).run()].flat();
      expect(before.map(({ status }) => status)).toEqual(['ok', 'ok']);
      const queueUrl = test.queue.queueUrl('cleaner-dead-letters');
      const objects = () => makeFolderObjectStore({ directory: test.dataDir });
      await makeSqsDeadLetterQueue({ queueUrl, client: test.client, objects }).send([letterFor(1), letterFor(2)]);
      const after = [await queueCheck(test.queue.url).run()].flat();
      expect(after[1]).toMatchObject({
        status: 'warn',
        message: '2 in cleaner-dead-letters',
        fix: expect.stringContaining(queueUrl),
      });
    } finally {
      await test.close();
    }
  });

  test('without letters is well', () => {
    expect(deadLetterFindings([{ url: 'http://x/q', letters: 0 }])).toEqual([
      ok('letter queues', 'all letters are stored'),
    ]);
  });
});

describe('open dead letters', () => {
  test('are named by consumer, with the verb that shows why', () => {
    expect(letterFindings([])).toEqual([ok('dead letters', 'none open')]);
    const found = letterFindings([
      { consumer: 'telemetry-cleaner', letters: 1_200, groups: 4 },
      { consumer: 'timeseries-writer', letters: 1, groups: 1 },
    ]);
    expect(found.map(({ status, message }) => [status, message])).toEqual([
      ['warn', '1,200 of telemetry-cleaner are open, of 4 causes'],
      ['warn', '1 of timeseries-writer are open, of 1 cause'],
    ]);
    expect(found[0]?.fix).toContain('dlq list --consumer telemetry-cleaner');
  });
});

test.each([
  [400, 'ok'],
  [3, 'warn'],
  [-1, 'fail'],
])('a certificate that ends in %d days is "%s"', (days, status) => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(certificateFinding('mqtts://x', nowMs + days * 86_400_000, nowMs).status).toBe(status);
});

const failing = (error: Error): Check => ({ name: 'part', run: () => Promise.reject(error) });

describe('running checks', () => {
  test('makes a failed finding of what they throw, with the remedy of its code', async () => {
    const [coded, other] = await runChecks(
      [failing(new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'x:1 refused')), failing(new Error('boom'))],
      1000,
    );
    expect(coded).toMatchObject({ check: 'part', status: 'fail', message: expect.stringContaining('x:1 refused') });
    expect(coded?.fix?.length).toBeGreaterThan(10);
    expect(other).toMatchObject({ status: 'fail', message: 'boom' });
  });

  test('gives up on one without an end, and keeps the order', async () => {
    const never: Check = { name: 'never', run: () => new Promise(() => {}) };
    const slow: Check = { name: 'slow', run: async () => ok('slow', 'done') };
    const found = await runChecks([never, slow], 50);
    expect(found.map(({ check, status }) => [check, status])).toEqual([
      ['never', 'fail'],
      ['slow', 'ok'],
    ]);
  });
});

test('the report says whether the bus runs, each finding with its fix, and the sums', () => {
  const findings = [ok('Node', '24'), warn('disk', 'little', 'Free some.')];
  const text = doctorView(diagnosisOf({ dataDir: '.x', holder: 42 }, findings));
  expect(text.split('\n')).toEqual([
    'The bus on .x is running (process 42).',
    '',
    'ok    Node  24',
    'warn  disk  little',
    '            -> Free some.',
    '',
    '1 ok, 1 to look at, 0 failed',
  ]);
  expect(doctorView(diagnosisOf({ dataDir: '.x', holder: undefined }, findings))).toContain('is stopped');
});
