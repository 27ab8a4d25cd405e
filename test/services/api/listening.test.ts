import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ListeningServer, listening } from '../../../src/services/api/listening.ts';
import { codedRejectionOf } from '../../make/coded-error.ts';

const host = '127.0.0.1';
const name = 'the test';
const portOf = ({ url }: ListeningServer) => Number(new URL(url).port);

let other: ListeningServer;
beforeAll(async () => {
  other = await listening(createServer(), { host, port: 0, name });
});
afterAll(() => other.close());

test('a port that is taken is refused, with its number and what it was for', async () => {
  const error = await codedRejectionOf(listening(createServer(), { host, port: portOf(other), name }));
  expect(error.code).toBe('EVENTBUS_LOCAL_PORT_TAKEN');
  expect(error.message).toContain(`port ${portOf(other)} of the test (EADDRINUSE)`);
});

test('a port behind the taken one is found when others may be tried', async () => {
  const server = await listening(createServer(), { host, port: portOf(other), portsToTry: 20, name });
  expect(portOf(server)).toBeGreaterThan(portOf(other));
  await server.close();
});
