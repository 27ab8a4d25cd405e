import { describe, expect, test } from '@jest/globals';
import { credentialsFrom } from '../../src/kafka/aws-credentials.ts';
import { clientOptions, connectionFromEnvironment } from '../../src/kafka/connection.ts';
import { iamToken, presignedUrl } from '../../src/kafka/iam-token.ts';
import { codedErrorOf, codedRejectionOf } from '../make/coded-error.ts';

const servers = 'b-1.example:9098,b-2.example:9098';
const brokers = [
  { host: 'b-1.example', port: 9098 },
  { host: 'b-2.example', port: 9098 },
];

describe('connection settings from the environment', () => {
  test('are plain TCP unless they say otherwise', () => {
    const connection = connectionFromEnvironment({ EVENT_BUS_KAFKA: '127.0.0.1:9092' });
    expect(connection).toEqual({ bootstrapServers: '127.0.0.1:9092' });
    expect(clientOptions(connection, 'cli')).toEqual({
      clientId: 'cli',
      bootstrapBrokers: [{ host: '127.0.0.1', port: 9092 }],
    });
  });

  test('give SCRAM-SHA-512 over TLS', () => {
    const connection = connectionFromEnvironment({
      EVENT_BUS_KAFKA: servers,
      EVENT_BUS_KAFKA_AUTH: 'scram',
      EVENT_BUS_KAFKA_USERNAME: 'iot',
      EVENT_BUS_KAFKA_PASSWORD: 'secret',
      EVENT_BUS_KAFKA_CA: 'PEM',
    });
    expect(clientOptions(connection, 'cli')).toEqual({
      clientId: 'cli',
      bootstrapBrokers: brokers,
      tls: { ca: 'PEM' },
      tlsServerName: true,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'iot', password: 'secret' },
    });
  });

  test('give mutual TLS', () => {
    const connection = connectionFromEnvironment({
      EVENT_BUS_KAFKA: servers,
      EVENT_BUS_KAFKA_AUTH: 'tls',
      EVENT_BUS_KAFKA_CERTIFICATE: 'CERT',
      EVENT_BUS_KAFKA_KEY: 'KEY',
    });
    expect(clientOptions(connection, 'cli')).toMatchObject({ tls: { cert: 'CERT', key: 'KEY' } });
  });

  test('give MSK’s IAM tokens, made anew each time', async () => {
    const connection = connectionFromEnvironment({
      EVENT_BUS_KAFKA: servers,
      EVENT_BUS_KAFKA_AUTH: 'iam',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
    });
    const { sasl } = clientOptions(connection, 'cli');
    expect(sasl?.mechanism).toBe('OAUTHBEARER');
    const token = typeof sasl?.token === 'function' ? await sasl.token() : '';
    const url = new URL(Buffer.from(token, 'base64url').toString());
    expect(url.host).toBe('kafka.eu-west-1.amazonaws.com');
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('session');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['no servers', {}, 'EVENT_BUS_KAFKA is not set'],
    ['a server without a port', { EVENT_BUS_KAFKA: 'localhost' }, 'bootstrap server "localhost"'],
    ['a port that is none', { EVENT_BUS_KAFKA: 'a:1,b:70000' }, 'bootstrap server "b:70000"'],
    ['an unknown way in', { EVENT_BUS_KAFKA: 'a:1', EVENT_BUS_KAFKA_AUTH: 'magic' }, 'EVENT_BUS_KAFKA_AUTH is "magic"'],
    ['no password', { EVENT_BUS_KAFKA: 'a:1', EVENT_BUS_KAFKA_AUTH: 'scram' }, 'EVENT_BUS_KAFKA_USERNAME is not set'],
    ['no region', { EVENT_BUS_KAFKA: 'a:1', EVENT_BUS_KAFKA_AUTH: 'iam' }, 'AWS_REGION is not set'],
  ])('are refused with %s', (_name, env, message) => {
    const error = codedErrorOf(() => connectionFromEnvironment(env));
    expect(error.code).toBe('EVENTBUS_KAFKA_SETTINGS_INVALID');
    expect(error.message).toContain(message);
  });

  test('need credentials for IAM', async () => {
    expect((await codedRejectionOf(credentialsFrom({}))).code).toBe('EVENTBUS_KAFKA_SETTINGS_INVALID');
  });
});

describe('Signature Version 4 in a query', () => {
  test('is the one of AWS’s published example', () => {
    const url = presignedUrl({
      host: 'examplebucket.s3.amazonaws.com',
      path: '/test.txt',
      query: {},
      scope: { region: 'us-east-1', service: 's3' },
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
      now: new Date('2013-05-24T00:00:00.000Z'),
      validSeconds: 86_400,
      payloadHash: 'UNSIGNED-PAYLOAD',
    });
    expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  test('makes a token without padding, which SASL would not take', () => {
    const token = iamToken('eu-west-1', { accessKeyId: 'a', secretAccessKey: 'b' }, new Date(0));
    expect(token).toMatch(/^[\w-]+$/);
  });
});
