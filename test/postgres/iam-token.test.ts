import { Signer } from '@aws-sdk/rds-signer';
import { describe, expect, jest, test } from '@jest/globals';
import { databaseToken, tokenSource } from '../../src/postgres/iam-token.ts';

const login = {
  host: 'bus.proxy-abc.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'event_bus_app',
  region: 'eu-central-1',
};
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const now = new Date('2026-11-20T10:00:00Z');

/** Parameters of a token by name; their order and the signature's place are not part of the meaning. */
function parsed(token: string): Record<string, string> {
  const url = new URL(`https://${token}`);
  return { host: url.host, path: url.pathname, ...Object.fromEntries(url.searchParams) };
}

describe('the token for a database', () => {
  test.each([
    ['a role', { ...keys, sessionToken: 'IQoJb3JpZ2luX2VjE//+=%' }],
    ['a user', keys],
  ])('of %s is the one that the AWS SDK signs', async (_case, credentials) => {
    jest.useFakeTimers({ now, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const { host: hostname, user: username, port, region } = login;
    const theirs = await new Signer({ hostname, port, username, region, credentials }).getAuthToken();
    jest.useRealTimers();
    const ours = parsed(databaseToken(login, credentials, now));
    expect(ours).toEqual(parsed(theirs));
    expect(ours['X-Amz-Expires']).toBe('900');
  });

  test('names host, port and user, and no scheme', () => {
    expect(databaseToken(login, keys, now)).toMatch(
      /^bus\.proxy-abc\.eu-central-1\.rds\.amazonaws\.com:5432\/\?Action=connect&DBUser=event_bus_app&/,
    );
  });
});

describe('the source of tokens', () => {
  test('asks for the credentials with every token, so that rotated keys are used', async () => {
    const sessions = ['first', 'second'];
    const next = tokenSource(login, () => Promise.resolve({ ...keys, sessionToken: sessions.shift() ?? '' }));
    expect(parsed(await next())['X-Amz-Security-Token']).toBe('first');
    expect(parsed(await next())['X-Amz-Security-Token']).toBe('second');
  });

  test('without credentials is a fault of the surroundings and of no record', async () => {
    const source = tokenSource(login, () => Promise.reject(new Error('no AWS credentials')));
    await expect(source()).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_ACCESS_DENIED',
      failure: 'dependency',
      message: expect.stringContaining('no token for event_bus_app: no AWS credentials'),
    });
  });
});
