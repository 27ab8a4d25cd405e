import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { lastingPort } from '../../make/lasting-port.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { Crowd } from './crowd.ts';

const folder = temporaryDirectory();
let kafka: EmbeddedKafka;
let crowd: Crowd;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({ port: 0, dataDir: join(folder.path, 'kafka'), log: () => {} });
  crowd = new Crowd({
    bootstrapServers: kafka.bootstrapServers,
    auth: join(folder.path, 'auth'),
    users: 100,
    clientsPerUser: 10,
    maxPartitions: 4,
  });
  await crowd.createTopics();
}, 120_000);

afterAll(async () => {
  await crowd.close();
  await kafka.close();
  folder.remove();
}, 120_000);

test('1,000 clients miss nothing and get nothing twice while both of their gateways are killed in mid-stream', async () => {
  const first = await crowd.gateway(await lastingPort());
  const second = await crowd.gateway(await lastingPort());
  await crowd.connect([first.url, second.url]);
  const publishing = crowd.publishSteadily(300, 20_000);
  await sleep(4_000);
  await first.kill();
  await sleep(4_000);
  const third = await crowd.gateway(first.port);
  await second.kill();
  await sleep(4_000);
  await crowd.gateway(second.port);
  expect(third.port).toBe(first.port);
  await publishing;
  const report = await crowd.until(({ slowest, connected }) => slowest >= crowd.published && connected === 1_000);
  expect(report).toMatchObject({ connected: 1_000, slowest: crowd.published, gaps: 0, duplicates: 0, refused: 0 });
  expect(report.connects).toBeGreaterThanOrEqual(2_000);
}, 300_000);
