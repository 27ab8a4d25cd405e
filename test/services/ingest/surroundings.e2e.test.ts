import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelCredentials, Client, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { routesOf } from '../../../src/catalogue/lookup.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../../src/local/certificates/development-certificates.ts';
import { type IngestGatewayOptions, startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import { loadProto } from '../../../src/services/ingest/ingest-proto.ts';
import { ingestClient } from './ingest-client.ts';
import { MemoryLog, recordingLog } from './memory-log.ts';

let directory: string;
let certificates: DevelopmentCertificates;
const open: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ingest-'));
  certificates = await developmentCertificates(directory);
});

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

afterAll(() => rm(directory, { recursive: true }));

async function gateway(tls?: IngestGatewayOptions['tls']) {
  const memory = new MemoryLog();
  const started = await startIngestGateway({
    host: '127.0.0.1',
    port: 0,
    routes: routesOf('grpc'),
    ...(tls === undefined ? {} : { tls }),
    publisher: memory,
    codec: makeCodec(),
    log: recordingLog().log,
  });
  open.push(() => started.close());
  return { gateway: started, memory };
}

function client(port: number, channel?: ChannelCredentials) {
  const made = ingestClient(`localhost:${port}`, channel);
  open.push(() => made.close());
  return made;
}

const vehicle = { time: '2026-11-01T10:00:00Z' };

const same = (bytes: Buffer) => bytes;

const mutual = () => {
  const { key, certificate, ca } = certificates.server;
  return gateway({ key, certificate, clientAuthority: ca });
};

const identity = (pair: { readonly key: string; readonly certificate: string }) =>
  credentials.createSsl(Buffer.from(certificates.ca), Buffer.from(pair.key), Buffer.from(pair.certificate));

describe('the standard services', () => {
  test('health says SERVING, and NOT_SERVING while the gateway closes', async () => {
    const { gateway: gate } = await gateway();
    const loaded = loadPackageDefinition(loadProto(healthProtoPath)) as unknown as {
      grpc: { health: { v1: { Health: new (address: string, channel: ChannelCredentials) => Client & HealthCalls } } };
    };
    const health = new loaded.grpc.health.v1.Health(`127.0.0.1:${gate.port}`, credentials.createInsecure());
    const check = (service: string) =>
      new Promise((resolve, reject) =>
        health.check({ service }, (error, response) => (error === null ? resolve(response.status) : reject(error))),
      );
    expect(await check('')).toBe('SERVING');
    expect(await check('ingest.v1.IngestService')).toBe('SERVING');
    await expect(check('other')).rejects.toMatchObject({ code: status.NOT_FOUND });
    const seen: string[] = [];
    const watch = health.watch({ service: '' });
    const first = new Promise<void>((resolve) => {
      watch.on('data', (response) => {
        seen.push(response.status);
        resolve();
      });
    });
    const ended = new Promise<void>((resolve) => watch.on('error', () => resolve()));
    await first;
    await gate.close();
    await ended;
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
    health.close();
  });

  test('reflection names the services', async () => {
    const { gateway: gate } = await gateway();
    const raw = new Client(`127.0.0.1:${gate.port}`, credentials.createInsecure());
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    // list_services is field 7 of the request; the answer holds the names as text.
    const call = raw.makeBidiStreamRequest(path, same, same);
    call.on('error', () => {});
    const answer = new Promise<string>((resolve) =>
      call.on('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))),
    );
    call.write(Buffer.from([0x3a, 1, 0x2a]));
    expect(await answer).toMatch(/ingest\.v1\.IngestService[\s\S]*grpc\.health\.v1\.Health/);
    call.cancel();
    raw.close();
  });
});

test('bytes that are no message fail their call and nothing else', async () => {
  const { gateway: gate, memory } = await gateway();
  const raw = new Client(`127.0.0.1:${gate.port}`, credentials.createInsecure());
  const send = (bytes: Buffer) =>
    new Promise<number>((resolve) => {
      raw.makeUnaryRequest('/ingest.v1.IngestService/Publish', same, same, bytes, (error) => resolve(error?.code ?? 0));
    });
  for (let n = 0; n < 300; n += 1) {
    const bytes = Buffer.from(Array.from({ length: n % 40 }, (_, at) => (n * 31 + at * 57 + (n ^ at)) & 255));
    expect([status.INTERNAL, status.INVALID_ARGUMENT, status.OK]).toContain(await send(bytes));
  }
  raw.close();
  const answer = await client(gate.port).publish({ deviceId: 'car-1', readings: [{ vehicle }] });
  expect(answer.accepted).toBe(1);
  expect(memory.records.at(-1)?.key).toBe('car-1');
});

interface HealthCalls {
  check(request: { service: string }, done: (error: Error | null, response: { status: string }) => void): void;
  watch(request: { service: string }): {
    on(event: 'data', listener: (response: { status: string }) => void): void;
    on(event: 'error', listener: () => void): void;
  };
}

describe('TLS', () => {
  test('without client certificates takes any client that trusts the authority', async () => {
    const { key, certificate } = certificates.server;
    const { gateway: gate } = await gateway({ key, certificate });
    const trusting = client(gate.port, credentials.createSsl(Buffer.from(certificates.ca)));
    expect(await trusting.publish({ deviceId: 'car-1', readings: [{ vehicle }] })).toMatchObject({ accepted: 1 });
    const plain = client(gate.port).publish({ deviceId: 'car-1', readings: [{ vehicle }] });
    await expect(plain).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe('mutual TLS', () => {
  test('lets a device speak for itself only', async () => {
    const { gateway: gate, memory } = await mutual();
    const device = client(gate.port, identity(await certificates.issueDeviceCertificate('car-1')));
    const readings = [{ vehicle }, { deviceId: 'car-2', vehicle }];
    const response = await device.publish({ deviceId: 'car-1', readings });
    expect(response).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, field: 'device_id', code: 'EVENTBUS_INGEST_IDENTITY_MISMATCH' }],
    });
    expect(memory.records.map(({ key }) => key)).toEqual(['car-1']);
  });

  test('lets an edge gateway speak for the devices behind it', async () => {
    const { gateway: gate } = await mutual();
    const edge = client(gate.port, identity(await certificates.issueGatewayCertificate('edge-1')));
    const readings = [
      { deviceId: 'car-1', vehicle },
      { deviceId: 'car-2', vehicle },
    ];
    expect(await edge.publish({ readings })).toMatchObject({ accepted: 2 });
  });

  test('does not let a client in without a certificate', async () => {
    const { gateway: gate } = await mutual();
    const nobody = client(gate.port, credentials.createSsl(Buffer.from(certificates.ca)));
    const publishing = nobody.publish({ deviceId: 'car-1', readings: [{ vehicle }] });
    await expect(publishing).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});
