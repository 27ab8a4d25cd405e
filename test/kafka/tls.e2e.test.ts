import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import type { KafkaTls } from '../../src/kafka/connection.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../src/local/certificates/development-certificates.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { type ScriptedBroker, startScriptedBroker } from '../make/scripted-broker.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const directory = temporaryDirectory();
let certificates: DevelopmentCertificates;
let broker: ScriptedBroker;

beforeAll(async () => {
  certificates = await developmentCertificates(join(directory.path, 'ca'), () => Date.now());
  const { server, ca } = certificates;
  const tls = { key: server.key, cert: server.certificate, ca, requestCert: true, rejectUnauthorized: true };
  broker = await startScriptedBroker({ topics: { t: 1 }, tls });
});

afterAll(async () => {
  await broker.close();
  directory.remove();
});

async function publish(tls: KafkaTls): Promise<void> {
  const publisher = makePublisher({
    connection: { bootstrapServers: broker.bootstrapServers, auth: { kind: 'tls', tls } },
    codec: makeCodec(),
    clientId: 'tls',
    deliveryTimeoutMs: 200,
  });
  try {
    await publisher.send([{ topic: 't', key: 'k', value: Buffer.from('v'), headers: {} }]);
  } finally {
    await publisher.close();
  }
}

test('a client with a certificate of the authority gets in over mutual TLS', async () => {
  const { certificate, key } = await certificates.issueDeviceCertificate('publisher');
  await publish({ ca: certificates.ca, certificate, key });
  expect(broker.log('t', 0).map(({ value }) => value)).toEqual(['v']);
});

test('a client that does not trust the authority refuses the broker', async () => {
  const { certificate, key } = await certificates.issueDeviceCertificate('publisher');
  const error = await codedRejectionOf(publish({ certificate, key }));
  expect(error.code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
  expect(error.message).toMatch(/certificate/);
});

test('a client without a certificate is refused by the broker', async () => {
  const error = await codedRejectionOf(publish({ ca: certificates.ca }));
  expect(error.failure).toBe('dependency');
});
