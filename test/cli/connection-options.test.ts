import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { bootstrapServers, kafkaTarget, reaching } from '../../src/cli/connection-options.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import type { ErrorCode } from '../../src/core/errors/registry.ts';
import { writeEndpoints } from '../../src/local/platform/endpoints.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());
const dataDir = folder.path;

describe('the cluster of a verb', () => {
  test('is the one of the flag, else of the environment, else of the bus on this machine', () => {
    writeEndpoints(dataDir, {
      kafka: 'bus:1',
      postgres: '',
      mqtt: '',
      mqtts: '',
      grpc: '',
      queue: '',
      lake: join(dataDir, 'lake'),
    });
    const env = { EVENT_BUS_KAFKA: 'env:2' };
    const servers = (flags: { kafka?: string }, from: Record<string, string>) =>
      kafkaTarget({ dataDir, ...flags }, from).connection.bootstrapServers;
    expect(servers({ kafka: 'flag:3' }, env)).toBe('flag:3');
    expect(servers({}, env)).toBe('env:2');
    expect(servers({}, {})).toBe('bus:1');
  });

  test('takes credentials of the environment for a cluster that a flag names', () => {
    const env = { EVENT_BUS_KAFKA_AUTH: 'scram', EVENT_BUS_KAFKA_USERNAME: 'u', EVENT_BUS_KAFKA_PASSWORD: 'p' };
    expect(kafkaTarget({ dataDir, kafka: 'msk:9096' }, env).connection).toMatchObject({
      bootstrapServers: 'msk:9096',
      auth: { kind: 'scram', username: 'u' },
    });
  });

  test.each(['foo', 'host:', ':9092', 'a:1,', 'a b:1', ''])('is not "%s"', (text) => {
    expect(() => bootstrapServers(text)).toThrow('HOST:PORT');
  });

  test.each(['localhost:9092', 'a:1,b:2', '[::1]:9092'])('may be "%s"', (text) => {
    expect(bootstrapServers(text)).toBe(text);
  });
});

const failing = (code: ErrorCode) => () => Promise.reject(new AppError(code, 'no'));

describe('a cluster that cannot be reached', () => {
  const connection = { bootstrapServers: 'x:1' };

  test('is a stopped bus when nobody named it, with the way to start it', async () => {
    const error = await codedRejectionOf(
      reaching({ connection, origin: 'bus' }, dataDir, failing('EVENTBUS_KAFKA_UNAVAILABLE')),
    );
    expect(error.code).toBe('EVENTBUS_CLI_BUS_STOPPED');
    expect(error.message).toContain('event-bus start');
    expect(error.message).toContain('x:1');
  });

  test('stays what it is when it was named', async () => {
    const error = await codedRejectionOf(
      reaching({ connection, origin: 'named' }, dataDir, failing('EVENTBUS_KAFKA_UNAVAILABLE')),
    );
    expect(error.code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
  });

  test('does not hide other errors', async () => {
    const error = await codedRejectionOf(
      reaching({ connection, origin: 'bus' }, dataDir, failing('EVENTBUS_KAFKA_DENIED')),
    );
    expect(error.code).toBe('EVENTBUS_KAFKA_DENIED');
  });
});
