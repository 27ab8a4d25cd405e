import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makeClusterAcls } from '../../src/kafka/access-provisioning.ts';
import { makeAccessAdmin } from '../../src/kafka/access-rules.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import type { KafkaConnection } from '../../src/kafka/connection.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { developmentCertificates } from '../../src/local/certificates/development-certificates.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { startSecuredKafka } from './engines/kafka.ts';

jest.setTimeout(120_000);

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'event-bus');
const directory = temporaryDirectory();
const rawTopics = catalogue.routes.filter(({ protocol }) => protocol === 'mqtt').map(({ topic }) => topic);
const password = 'a-password-of-this-test';
let kafka: Awaited<ReturnType<typeof startSecuredKafka>>;
let plain: KafkaConnection;
let iot: KafkaConnection;

beforeAll(async () => {
  const { server, ca } = await developmentCertificates(join(directory.path, 'ca'));
  const keyAndCertificate = join(directory.path, 'broker.pem');
  writeFileSync(keyAndCertificate, `${server.key}\n${server.certificate}\n`, { mode: 0o600 });
  const users = { iot: password };
  kafka = await startSecuredKafka(cache, join(directory.path, 'kafka'), { keyAndCertificate, users });
  plain = { bootstrapServers: kafka.address };
  iot = {
    bootstrapServers: kafka.securedAddress,
    auth: { kind: 'scram', username: 'iot', password, tls: { ca } },
  };
  const admin = makeAdmin({ connection: plain });
  await admin.ensureTopics([...rawTopics, 'alerts'].map((name) => ({ name, partitions: 1 })));
  await admin.close();
});

afterAll(async () => {
  await kafka?.stop();
  directory.remove();
});

/** What CloudFormation asks of the function behind the custom resource. */
async function deploy(RequestType: string, topics: readonly string[] = rawTopics): Promise<void> {
  const handle = makeClusterAcls({
    openAdmin: () => makeAccessAdmin({ connection: plain, clientId: 'cluster-acls' }),
    wait: async () => {},
  });
  const ResourceProperties = { principal: 'User:iot', topics };
  await handle({ RequestType, PhysicalResourceId: 'User:iot', ResourceProperties });
}

/** The number of rules that the broker goes by, once it is as wanted: it learns from the controller what was changed there. */
async function rulesOnce(wanted: number): Promise<number> {
  for (const until = Date.now() + 60_000; ; await sleep(50)) {
    const found = await rules();
    if (found === wanted || Date.now() > until) return found;
  }
}

async function rules(): Promise<number> {
  const admin = makeAccessAdmin({ connection: plain, clientId: 'test' });
  try {
    return (await admin.rulesOf('User:iot')).length;
  } finally {
    await admin.close();
  }
}

async function writeAsIot(topic: string): Promise<void> {
  const publisher = makePublisher({
    connection: iot,
    codec: makeCodec(),
    clientId: 'iot',
  });
  try {
    await publisher.send([{ topic, key: 'device-1', value: Buffer.from('{}'), headers: {} }]);
  } finally {
    await publisher.close();
  }
}

test('without rules the user of IoT Core may write nowhere', async () => {
  expect(await rules()).toBe(0);
  expect((await codedRejectionOf(writeAsIot('sensor.raw'))).code).toBe('EVENTBUS_KAFKA_DENIED');
});

test('once its rules are made it writes, each record once, to the topics of the MQTT routes', async () => {
  await deploy('Create');
  expect(await rulesOnce(2 * rawTopics.length)).toBe(2 * rawTopics.length);
  for (const topic of rawTopics) await expect(writeAsIot(topic)).resolves.toBeUndefined();
});

test('it may write to no other topic, and sees no other', async () => {
  expect((await codedRejectionOf(writeAsIot('alerts'))).message).toMatch(/alerts/);
  const admin = makeAdmin({ connection: iot, retries: 0 });
  expect(await admin.topicNames()).toEqual([...new Set(rawTopics)].sort());
  await admin.close();
});

test('rules that are deployed again change nothing, and a topic that leaves takes its rules along', async () => {
  await deploy('Create');
  await deploy('Update');
  expect(await rules()).toBe(2 * rawTopics.length);
  await deploy('Update', ['sensor.raw']);
  expect(await rulesOnce(2)).toBe(2);
  expect((await codedRejectionOf(writeAsIot('telemetry.raw.v1'))).code).toBe('EVENTBUS_KAFKA_DENIED');
});

test('deleting the rules, once or twice, takes every right away', async () => {
  await deploy('Delete');
  await deploy('Delete');
  expect(await rulesOnce(0)).toBe(0);
});
