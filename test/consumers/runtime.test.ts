import { expect, test } from '@jest/globals';
import { type Runtime, runtimeFromEnvironment, type WholeRuntime } from '../../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../../src/kafka/publisher-from-environment.ts';

test('a function pays only for what it uses: nothing is asked of the environment before', async () => {
  const runtime = runtimeFromEnvironment({});
  expect(runtime.codec).toBe(runtime.codec);
  expect(runtime.log).toBe(runtime.log);
  await runtime.close();
});

test.each([
  ['the pool', 'EVENT_BUS_DATABASE_URL', (runtime: Runtime) => runtime.pool],
  ['dead letters', 'EVENT_BUS_DEAD_LETTER_QUEUE_URL', (runtime: Runtime) => runtime.deadLetters],
  ['the publisher', 'EVENT_BUS_KAFKA', (runtime: Runtime) => runtime.publisher],
  ['the objects', 'EVENT_BUS_OBJECTS', (runtime: WholeRuntime) => runtime.objects],
  ['the event router', 'EVENT_BUS_EVENT_ROUTER', (runtime: WholeRuntime) => runtime.router],
])('%s name the variable that is missing', (_part, variable, use) => {
  expect(() => use(runtimeFromEnvironment({}, publisherFromEnvironment))).toThrow(`${variable} is not set`);
});

test('parts are made once, with settings from the environment', async () => {
  const runtime = runtimeFromEnvironment({
    EVENT_BUS_DATABASE_URL: 'postgres://127.0.0.1:1/none',
    EVENT_BUS_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/0/none',
    EVENT_BUS_LOG_LEVEL: 'warn',
  });
  expect(runtime.pool).toBe(runtime.pool);
  expect(runtime.deadLetters).toBe(runtime.deadLetters);
  expect(runtime.log.level).toBe('warn');
  await runtime.close();
});

test('records of failed invocations lie with the other objects unless they have a place of their own', () => {
  const objects = { EVENT_BUS_OBJECTS: 's3://objects' };
  const together = runtimeFromEnvironment(objects);
  expect(together.failedInvocations).toBe(together.objects);
  const apart = runtimeFromEnvironment({ ...objects, EVENT_BUS_FAILED_INVOCATIONS: 's3://failed' });
  expect(apart.failedInvocations).not.toBe(apart.objects);
});
