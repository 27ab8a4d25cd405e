import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectAsync, type IClientOptions } from 'mqtt';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../../src/local/certificates/development-certificates.ts';
import { type MqttGateway, startMqttGateway } from '../../../src/local/mqtt/gateway.ts';
import { eventually, MemoryLog, recordingLog } from '../../services/ingest/memory-log.ts';
import { fleetRoute } from './routes.ts';

const run = promisify(execFile);
let directory: string;
let certificates: DevelopmentCertificates;
let gateway: MqttGateway;
const memory = new MemoryLog();
const { log, lines } = recordingLog();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mqtt-'));
  certificates = await developmentCertificates(directory);
  gateway = await startMqttGateway({
    host: '127.0.0.1',
    port: 0,
    tlsPort: 0,
    certificates: certificates.server,
    routes: [fleetRoute],
    publisher: memory,
    log,
  });
});

afterAll(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

async function connect(clientId: string, options: IClientOptions) {
  const url = `mqtts://localhost:${gateway.tlsPort}`;
  const client = await connectAsync(url, { clientId, reconnectPeriod: 0, ca: certificates.ca, ...options });
  client.on('error', () => {});
  return client;
}

/** What a client sees of its handshake. TLS 1.3 tells a client of the refusal after its own side is done. */
function handshake(options: ConnectionOptions): Promise<string> {
  const socket = tlsConnect({ host: 'localhost', port: gateway.tlsPort, ca: certificates.ca, ...options });
  socket.resume();
  return new Promise((resolve) => {
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve('closed without a reason'));
  });
}

describe('on the TLS port', () => {
  test('a device with its certificate is taken', async () => {
    const { key, certificate } = await certificates.issueDeviceCertificate('car-1');
    const client = await connect('car-1', { key, cert: certificate });
    await client.publishAsync('fleet/car-1/telemetry', 'over TLS', { qos: 1 });
    expect(memory.records.at(-1)).toMatchObject({ key: 'car-1', value: Buffer.from('over TLS') });
    await client.endAsync();
  });

  test('a client id that differs from the certificate is refused with the reason', async () => {
    const { key, certificate } = await certificates.issueDeviceCertificate('car-1');
    await expect(connect('car-2', { key, cert: certificate })).rejects.toMatchObject({ code: 5 });
    expect(gateway.counters().refused).toMatchObject({ EVENTBUS_INGEST_IDENTITY_MISMATCH: 1 });
  });

  test('a client without a certificate, or with one of another authority, does not get in', async () => {
    expect(await handshake({})).toContain('certificate required');
    const foreign = await developmentCertificates(join(directory, 'foreign'));
    const { key, certificate } = await foreign.issueDeviceCertificate('car-1');
    await handshake({ key, cert: certificate });
    await eventually('both counted', () => gateway.counters().refused['EVENTBUS_INGEST_TLS_FAILED'] === 2);
    expect(lines.map((line) => line.message).join()).toMatch(/did not return a certificate.*SIGNATURE/s);
    expect(gateway.counters().connections).toBe(0);
  });
});

const installed = spawnSync('mosquitto_pub', ['--help']).error === undefined;
const describeWhenInstalled = installed ? describe : describe.skip;

describeWhenInstalled(`mosquitto_pub${installed ? '' : ' (skipped: not installed on this machine)'}`, () => {
  test('publishes on the plain port', async () => {
    const address = ['-h', '127.0.0.1', '-p', String(gateway.port), '-i', 'car-7'];
    await run('mosquitto_pub', [...address, '-q', '1', '-t', 'fleet/car-7/telemetry', '-m', '{"plain":true}']);
    expect(memory.records.at(-1)).toMatchObject({ key: 'car-7', value: Buffer.from('{"plain":true}') });
  });

  test('publishes on the TLS port with its certificate', async () => {
    const device = await certificates.issueDeviceCertificate('car-8');
    const address = ['-h', 'localhost', '-p', String(gateway.tlsPort), '-i', 'car-8'];
    const tls = ['--cafile', certificates.caFile, '--cert', device.certificateFile, '--key', device.keyFile];
    await run('mosquitto_pub', [...address, ...tls, '-q', '1', '-t', 'fleet/car-8/telemetry', '-m', 'secure']);
    expect(memory.records.at(-1)).toMatchObject({ key: 'car-8', value: Buffer.from('secure') });
  });

  test('is told when it publishes below another device', async () => {
    const before = memory.records.length;
    const address = ['-h', '127.0.0.1', '-p', String(gateway.port), '-i', 'car-7'];
    const publishing = run('mosquitto_pub', [...address, '-q', '1', '-t', 'fleet/car-1/telemetry', '-m', 'x']);
    await expect(publishing).rejects.toThrow('The connection was lost');
    expect(memory.records).toHaveLength(before);
  });
});
