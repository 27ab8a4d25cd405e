import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../src/local/certificates/development-certificates.ts';
import { poolFromEnvironment } from '../../src/postgres/connection.ts';
import { onConnection, type Pool } from '../../src/postgres/pool.ts';
import { type PasswordServer, passwordServer } from '../make/password-server.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const folder = temporaryDirectory();
let certificates: DevelopmentCertificates;
let server: PasswordServer;
let pool: Pool | undefined;

beforeAll(async () => {
  certificates = await developmentCertificates(folder.path);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  server = await passwordServer(certificates.server);
});
afterEach(async () => {
  await pool?.end();
  pool = undefined;
  await server.close();
});

const keys = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };

const iamEnvironment = (more: Record<string, string>) => ({
  EVENT_BUS_DATABASE_URL: `postgres://event_bus_app@localhost:${server.port}/event_bus`,
  EVENT_BUS_DATABASE_AUTH: 'iam',
  ...keys,
  ...more,
});

describe('a database that is reached with IAM', () => {
  test('gets a token of its own with every connection, over TLS', async () => {
    const env: Record<string, string> = iamEnvironment({
      EVENT_BUS_DATABASE_CA: certificates.ca,
      AWS_SESSION_TOKEN: 'one',
    });
    pool = poolFromEnvironment(env, { max: 2 });
    const first = await pool.connect();
    env['AWS_SESSION_TOKEN'] = 'two';
    const second = await pool.connect();
    first.release(true);
    second.release(true);
    const tokens = server.passwords.map((token) => new URL(`https://${token}`));
    expect(tokens.map(({ searchParams }) => searchParams.get('X-Amz-Security-Token'))).toEqual(['one', 'two']);
    expect(tokens.map(({ host }) => host)).toEqual(Array(2).fill(`localhost:${server.port}`));
    expect(tokens.map(({ searchParams }) => searchParams.get('DBUser'))).toEqual(Array(2).fill('event_bus_app'));
  });

  test('is not told the token when an unknown authority signed its certificate', async () => {
    pool = poolFromEnvironment(iamEnvironment({}));
    await expect(onConnection(pool, () => Promise.resolve())).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_UNAVAILABLE',
      failure: 'dependency',
    });
    expect(server.passwords).toEqual([]);
  });

  test('without credentials pauses its consumers and dead-letters nothing', async () => {
    const { AWS_ACCESS_KEY_ID: _id, ...env } = iamEnvironment({ EVENT_BUS_DATABASE_CA: certificates.ca });
    pool = poolFromEnvironment(env);
    await expect(onConnection(pool, () => Promise.resolve())).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_ACCESS_DENIED',
      failure: 'dependency',
    });
  });
});

describe('settings that cannot work', () => {
  test.each([
    ['no URL', { EVENT_BUS_DATABASE_AUTH: 'iam' }, 'EVENT_BUS_DATABASE_URL is not set'],
    [
      'another way to sign in',
      { EVENT_BUS_DATABASE_URL: 'postgres://h/d', EVENT_BUS_DATABASE_AUTH: 'kerberos' },
      'EVENT_BUS_DATABASE_AUTH is "kerberos"; allowed are password and iam',
    ],
    [
      'IAM without a region',
      { EVENT_BUS_DATABASE_URL: 'postgres://h/d', EVENT_BUS_DATABASE_AUTH: 'iam' },
      'AWS_REGION is not set',
    ],
  ])('are named: %s', (_case, env, message) => {
    expect(() => poolFromEnvironment(env)).toThrow(message);
  });
});
