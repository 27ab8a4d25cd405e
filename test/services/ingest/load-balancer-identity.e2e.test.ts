import { once } from 'node:events';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { developmentCertificates } from '../../../src/local/certificates/development-certificates.ts';
import { certificateHeader } from '../../../src/services/ingest/caller-identity.ts';
import { type IngestGateway, startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { type IngestClient, ingestClient } from './ingest-client.ts';
import { MemoryLog, recordingLog } from './memory-log.ts';

const directory = temporaryDirectory();
const publisher = new MemoryLog();
let gateway: IngestGateway;
let client: IngestClient;

beforeAll(async () => {
  gateway = await startIngestGateway({
    host: '127.0.0.1',
    port: 0,
    callerIdentity: 'load-balancer',
    routes: catalogue.routes,
    publisher,
    codec: makeCodec(),
    log: recordingLog().log,
  });
  client = ingestClient(`127.0.0.1:${gateway.port}`);
});

afterAll(async () => {
  client.close();
  await gateway.close();
  directory.remove();
});

const request = { deviceId: 't-1', readings: [{ turbine: { time: '2026-11-01T10:00:00Z' } }] };

test('a call that no load balancer vouches for is refused as unauthenticated', async () => {
  await expect(client.publish(request)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  expect(publisher.records).toHaveLength(0);
});

test('a stream that no load balancer vouches for ends as unauthenticated', async () => {
  const stream = client.stream();
  const failed = once(stream, 'error') as Promise<ServiceError[]>;
  stream.resume();
  stream.write({ request });
  const [error] = await failed;
  expect(error?.code).toBe(status.UNAUTHENTICATED);
  expect(publisher.records).toHaveLength(0);
});

test('a verified device stores its own readings and nobody else’s', async () => {
  const certificates = await developmentCertificates(directory.path);
  const { certificate } = await certificates.issueDeviceCertificate('t-1');
  const metadata = new Metadata();
  const [pem = ''] = /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/.exec(certificate) ?? [];
  metadata.set(certificateHeader, encodeURIComponent(pem));
  await expect(client.publish(request, { metadata })).resolves.toMatchObject({ accepted: 1 });
  const foreign = { ...request, deviceId: 't-2' };
  await expect(client.publish(foreign, { metadata })).resolves.toMatchObject({
    rejected: [{ code: 'EVENTBUS_INGEST_IDENTITY_MISMATCH' }],
  });
});
