import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeAccessAdmin, writerRules } from '../../src/kafka/access-rules.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const directory = temporaryDirectory();
let kafka: EmbeddedKafka;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({ port: 0, dataDir: directory.path });
});

afterAll(async () => {
  await kafka.close();
  directory.remove();
});

test('the embedded broker, which listens to this machine alone, says that it knows no access rules', async () => {
  const admin = makeAccessAdmin({
    connection: { bootstrapServers: kafka.bootstrapServers },
    clientId: 'test',
    retries: 0,
  });
  const error = await codedRejectionOf(admin.setRules('User:iot', writerRules('User:iot', ['sensor.raw'])));
  expect(error.code).toBe('EVENTBUS_KAFKA_UNSUPPORTED');
  expect(error.message).toMatch(/reading access rules of User:iot at 127\.0\.0\.1/);
  await admin.close();
});
