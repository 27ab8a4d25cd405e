import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { type RealtimeGateway, startRealtimeGateway } from '../../../src/services/realtime/gateway.ts';
import { connectSharedAdapter } from '../../../src/services/realtime/shared-adapter.ts';
import { RealtimeRig, TestClient } from './realtime-rig.ts';

const rig = new RealtimeRig();
const redis = process.env['EVENT_BUS_TEST_REDIS_URL'];
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const gateways: RealtimeGateway[] = [];
const clients: TestClient[] = [];

beforeAll(async () => {
  await rig.start();
  for (let node = 0; node < 2; node += 1) gateways.push(await gatewayOnRedis());
});

afterAll(async () => {
  for (const client of clients) client.close();
  for (const gateway of gateways) await gateway.close();
  await rig.close();
});

async function gatewayOnRedis(): Promise<RealtimeGateway> {
  if (redis === undefined) throw new Error('EVENT_BUS_TEST_REDIS_URL is not set: run npm run test:integration');
  return startRealtimeGateway({
    host: '127.0.0.1',
    port: 0,
    connection: { bootstrapServers: rig.bootstrapServers },
    codec: makeCodec(),
    verifier: {
      verify: async (token = '') => ({ subject: token, roles: [], expiresAtMs: Date.now() + 600_000 }),
    },
    store: rig.store,
    origins: ['http://127.0.0.1:*'],
    log: quiet,
    adapter: await connectSharedAdapter(redis, quiet),
  });
}

/** A client of one of the two nodes, and everything that it is told beside the log. */
async function clientOf(node: 0 | 1, user: string) {
  const client = new TestClient(gateways[node]?.url ?? '', { token: user });
  clients.push(client);
  const notices: unknown[] = [];
  client.socket.on('notice', (data: unknown) => notices.push(data));
  await client.ready;
  return { client, notices };
}

/** Waits for what another node has to bring about; the adapter reads Redis in its own time. */
async function until(condition: () => boolean): Promise<void> {
  for (let left = 1_000; left > 0 && !condition(); left -= 1) await sleep(10);
  expect(condition()).toBe(true);
}

test('what one node tells a room reaches the members on both, once, and nobody else', async () => {
  const [here, there, other] = await Promise.all([clientOf(0, 'ada'), clientOf(1, 'ada'), clientOf(1, 'bob')]);
  for (let number = 0; number < 20; number += 1) gateways[0]?.notify('user:ada', 'notice', { number });
  await until(() => here.notices.length >= 20 && there.notices.length >= 20);
  gateways[1]?.notify('user:bob', 'notice', { last: true });
  await until(() => other.notices.length > 0);
  const numbers = Array.from({ length: 20 }, (_, number) => expect.objectContaining({ number }));
  expect([here.notices, there.notices]).toEqual([numbers, numbers]);
  expect(other.notices).toEqual([expect.objectContaining({ last: true })]);
});

test('an event of the log reaches a user on both nodes once: it does not pass through Redis', async () => {
  const [here, there] = await Promise.all([clientOf(0, 'eve'), clientOf(1, 'eve')]);
  for (let progress = 1; progress <= 10; progress += 1) {
    await rig.photo('photo.processing.progress', { photoId: 'p1', userId: 'eve', progress });
  }
  await until(() => here.client.received.length >= 10 && there.client.received.length >= 10);
  await sleep(200);
  const steps = Array.from({ length: 10 }, (_, index) => index + 1);
  expect([here.client.field('progress'), there.client.field('progress')]).toEqual([steps, steps]);
});

test('ending a user on one node ends him on the other', async () => {
  const { client } = await clientOf(1, 'dan');
  gateways[0]?.disconnectUser('dan');
  await until(() => !client.socket.connected);
  expect(client.ended).toEqual([]);
});
