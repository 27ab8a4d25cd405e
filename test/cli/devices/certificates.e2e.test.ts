import { execFile, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { grpcCheck } from '../../../src/cli/doctor/entrance-checks.ts';
import { simulate } from '../../../src/cli/simulate/simulate.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { developmentCertificates } from '../../../src/local/certificates/development-certificates.ts';
import { type MqttGateway, startMqttGateway } from '../../../src/local/mqtt/gateway.ts';
import { folders } from '../../../src/local/platform/settings.ts';
import { startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import { codedRejectionOf } from '../../make/coded-error.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { MemoryLog, recordingLog } from '../../services/ingest/memory-log.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'event-bus.ts');
const folder = temporaryDirectory();
const certificatesDir = folders(folder.path).certificates;
const log = new MemoryLog();
let gateway: MqttGateway;

beforeAll(async () => {
  const { server } = await developmentCertificates(certificatesDir);
  const common = { host: '127.0.0.1', port: 0, tlsPort: 0, limits: { drainMs: 50 } };
  gateway = await startMqttGateway({
    ...common,
    certificates: server,
    routes: catalogue.routes,
    publisher: log,
    log: recordingLog().log,
  });
});

afterAll(async () => {
  await gateway.close();
  folder.remove();
});

const target = () => `mqtts://127.0.0.1:${gateway.tlsPort}`;
const few = { vehicles: 2, scooters: 1, turbines: 1, rate: 40, durationSeconds: 1 };

async function certificate(...args: readonly string[]) {
  const flags = ['--disable-warning=ExperimentalWarning', program, 'certificate', ...args];
  return promisify(execFile)(process.execPath, flags, { encoding: 'utf8' });
}

test('simulated devices speak over TLS, each with a certificate that carries its own id', async () => {
  const { acknowledged, readings, refused } = await simulate({ ...few, via: 'mqtts', target, certificatesDir });
  expect(readings).toBeGreaterThan(10);
  expect([acknowledged, refused]).toEqual([readings, 0]);
  const devices = readdirSync(join(certificatesDir, 'devices')).filter((name) => name.endsWith('.crt'));
  expect(devices).toHaveLength(4);
  for (const name of devices) {
    const { subject } = new X509Certificate(readFileSync(join(certificatesDir, 'devices', name)));
    expect(subject).toBe(`CN=${name.replace('.crt', '')}`);
  }
});

test('a bus that was never started gives no certificates, and none are made in its place', async () => {
  const empty = join(folder.path, 'none');
  const error = await codedRejectionOf(simulate({ ...few, via: 'mqtts', target, certificatesDir: empty }));
  expect(error.code).toBe('EVENTBUS_DEVICE_AUTHORITY_ABSENT');
  expect(error.message).toContain(join(empty, 'ca.crt'));
  expect(existsSync(empty)).toBe(false);
});

test.each([
  ['mqtts', 'mqtt://127.0.0.1:1'],
  ['mqtt', 'mqtts://127.0.0.1:1'],
] as const)('--via %s refuses the address %s', async (via, address) => {
  const error = await codedRejectionOf(simulate({ ...few, via, target: () => address, certificatesDir }));
  expect(error.code).toBe('EVENTBUS_DEVICE_TARGET_INVALID');
});

test.each(['server', 'mutual'] as const)(
  'gRPC with certificates of %s is spoken, and nothing less is taken',
  async (tls) => {
    const { server } = await developmentCertificates(certificatesDir);
    const { key, certificate: own, ca } = server;
    const secured = await startIngestGateway({
      host: '127.0.0.1',
      port: 0,
      tls: { key, certificate: own, ...(tls === 'mutual' ? { clientAuthority: ca } : {}) },
      routes: catalogue.routes,
      publisher: log,
      codec: makeCodec(),
      log: recordingLog().log,
      limits: { drainMs: 50 },
    });
    const address = () => `127.0.0.1:${secured.port}`;
    try {
      const common = { ...few, via: 'grpc', target: address, certificatesDir, firstConnectMs: 500 } as const;
      const { acknowledged, readings } = await simulate({ ...common, grpcTls: tls });
      expect(readings).toBeGreaterThan(10);
      expect(acknowledged).toBe(readings);
      const check = grpcCheck(address(), tls, certificatesDir);
      expect(await check.run()).toMatchObject({ status: 'ok' });
      const lesser = tls === 'mutual' ? 'server' : 'none';
      expect(await grpcCheck(address(), lesser, certificatesDir).run()).toMatchObject({ status: 'fail' });
    } finally {
      await secured.close();
    }
  },
);

test('an edge gateway gets a certificate that lets it speak for any device', async () => {
  const { stdout } = await certificate('edge-1', '--gateway', '--data-dir', folder.path, '--json');
  const { certificate: file } = JSON.parse(stdout);
  expect(new X509Certificate(readFileSync(file)).subject).toBe('CN=edge-1\nOU=gateway');
});

test('the verb says where the files are, and the same ones when asked again', async () => {
  const first = JSON.parse((await certificate('van-7', '--data-dir', folder.path, '--json')).stdout);
  expect(first).toEqual({
    device: 'van-7',
    ca: join(certificatesDir, 'ca.crt'),
    certificate: join(certificatesDir, 'devices', 'van-7.crt'),
    key: join(certificatesDir, 'devices', 'van-7.key'),
  });
  const before = readFileSync(first.certificate, 'utf8');
  expect((await certificate('van-7', '--data-dir', folder.path)).stdout).toContain(first.certificate);
  expect(readFileSync(first.certificate, 'utf8')).toBe(before);
});

test('the verb refuses what cannot be a device id', async () => {
  await expect(certificate('a/b', '--data-dir', folder.path)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('EVENTBUS_INGEST_DEVICE_ID_INVALID'),
  });
});

const installed = spawnSync('mosquitto_pub', ['--help']).error === undefined;
const describeWhenInstalled = installed ? describe : describe.skip;

describeWhenInstalled(`mosquitto_pub${installed ? '' : ' (skipped: not installed on this machine)'}`, () => {
  test('publishes with what the verb prints', async () => {
    const { stdout } = await certificate('van-8', '--data-dir', folder.path, '--json');
    const { ca, certificate: cert, key } = JSON.parse(stdout);
    const place = ['-h', '127.0.0.1', '-p', String(gateway.tlsPort), '--cafile', ca, '--cert', cert, '--key', key];
    const message = ['-i', 'van-8', '-q', '1', '-t', 'fleet/van-8/telemetry', '-m', '{}'];
    const before = log.records.length;
    await promisify(execFile)('mosquitto_pub', [...place, ...message]);
    expect(log.records.slice(before)).toMatchObject([{ topic: 'telemetry.raw.v1', key: 'van-8' }]);
  });
});
