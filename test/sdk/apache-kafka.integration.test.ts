import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../src/core/errors/app-error.ts';
import { makeClusterAcls } from '../../src/kafka/access-provisioning.ts';
import { makeAccessAdmin } from '../../src/kafka/access-rules.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { developmentCertificates } from '../../src/local/certificates/development-certificates.ts';
import { createEventBus, type EventBus, type EventBusOptions, eventRejected } from '../../src/sdk/index.ts';
import { startSecuredKafka } from '../integration/engines/kafka.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { silent, until } from './sdk-rig.ts';

jest.setTimeout(180_000);

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'event-bus');
const directory = temporaryDirectory();
const password = 'a-password-of-this-test';
const letters: (string | null)[] = [];
const buses: EventBus[] = [];
let kafka: Awaited<ReturnType<typeof startSecuredKafka>>;
let ca: string;

const deadLetters: EventBusOptions['deadLetters'] = async (list) => void letters.push(...list.map(({ key }) => key));

function open(options: EventBusOptions): EventBus {
  const bus = createEventBus({ deadLetters, clientId: 'test', log: silent, ...options });
  buses.push(bus);
  return bus;
}

const plain = () => open({ bootstrapServers: kafka.address });
const secured = () =>
  open({
    bootstrapServers: kafka.securedAddress,
    auth: { kind: 'scram', username: 'iot', password, tls: { ca } },
    publish: { deliveryTimeoutMs: 5_000 },
  });

beforeAll(async () => {
  const certificates = await developmentCertificates(join(directory.path, 'ca'));
  ca = certificates.ca;
  const keyAndCertificate = join(directory.path, 'broker.pem');
  writeFileSync(keyAndCertificate, `${certificates.server.key}\n${certificates.server.certificate}\n`, { mode: 0o600 });
  kafka = await startSecuredKafka(cache, join(directory.path, 'kafka'), {
    keyAndCertificate,
    users: { iot: password },
  });
  const admin = makeAdmin({ connection: { bootstrapServers: kafka.address } });
  await admin.ensureTopics(['photo.events.v1', 'order-events'].map((name) => ({ name, partitions: 2 })));
  await admin.close();
});

afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await kafka.stop();
  directory.remove();
});

/** Does what rules allow that the cluster has taken: brokers learn of them a moment later. */
async function onceInForce<T>(work: () => Promise<T>): Promise<T> {
  for (const endMs = Date.now() + 30_000; ; await sleep(100)) {
    try {
      return await work();
    } catch (error) {
      const denied = error instanceof AppError && error.code === 'EVENTBUS_KAFKA_DENIED';
      if (!denied || Date.now() > endMs) throw error;
    }
  }
}

describe('the SDK on Apache Kafka', () => {
  test('shares the events of a group among its members, and dead-letters what is rejected', async () => {
    const [left, right] = [new Set<string>(), new Set<string>()];
    const member = (seen: Set<string>) =>
      plain().subscribe(
        'photo.uploaded',
        ({ key }) => {
          if (key === 'bad') throw eventRejected('as wanted');
          seen.add(String(key));
        },
        { group: 'resizers' },
      );
    const subscriptions = [await member(left), await member(right)];
    await until(() => subscriptions.every((subscription) => subscription.status().partitions.length === 1));
    const bus = plain();
    const keys = Array.from({ length: 100 }, (_, index) => `photo-${index}`);
    await Promise.all([...keys, 'bad'].map((photoId) => bus.publish('photo.uploaded', { photoId })));
    await until(() => left.size + right.size >= 100 && letters.length > 0);
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    expect([...left, ...right].sort()).toEqual([...keys].sort());
    expect(Math.min(left.size, right.size)).toBeGreaterThan(0);
    expect(letters).toEqual([Buffer.from('bad').toString('base64')]);
  });

  test('signs in with SCRAM over TLS, and says so when the rules of the cluster refuse it', async () => {
    const bus = secured();
    const refused = await codedRejectionOf(bus.publish('order.created', order));
    expect(refused.code).toBe('EVENTBUS_KAFKA_DENIED');
    const allow = makeClusterAcls({
      openAdmin: () => makeAccessAdmin({ connection: { bootstrapServers: kafka.address }, clientId: 'rules' }),
      wait: async () => {},
    });
    const ResourceProperties = { principal: 'User:iot', topics: ['order-events'] };
    await allow({ RequestType: 'Create', PhysicalResourceId: 'User:iot', ResourceProperties });
    const published = await onceInForce(() => bus.publish('order.created', order));
    expect(published).toMatchObject({ topic: 'order-events', key: 'o-1' });
    const joining = codedRejectionOf(bus.subscribe('order.created', () => {}, { joinTimeoutMs: 10_000 }));
    expect((await joining).code).toBe('EVENTBUS_KAFKA_DENIED');
  });
});

const order = { orderId: 'o-1', customerId: 'c-1', currency: 'EUR', itemsMinor: 1990, totalMinor: 1990 };
