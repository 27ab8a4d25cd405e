import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { assertNode, busSettings } from '../../src/sdk/settings.ts';
import { codedErrorOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('the settings of a bus', () => {
  test('without any setting are those of the bus on this machine', () => {
    const settings = busSettings({}, {}, undefined);
    expect(settings.connection).toEqual({ bootstrapServers: '127.0.0.1:9092' });
    expect(settings.deadLetters).toEqual({ queueUrl: 'http://127.0.0.1:9324/000000000000/subscribers-dead-letters' });
    expect(settings).toMatchObject({ clientId: 'event-bus-sdk', source: '//event-bus-sdk' });
  });

  test('come from the environment', () => {
    const env = {
      EVENT_BUS_KAFKA: 'kafka.example:9096',
      EVENT_BUS_KAFKA_AUTH: 'scram',
      EVENT_BUS_KAFKA_USERNAME: 'me',
      EVENT_BUS_KAFKA_PASSWORD: 'secret',
      EVENT_BUS_CLIENT_ID: 'resizer',
      EVENT_BUS_SOURCE: '//photos',
      EVENT_BUS_DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/1/letters',
      EVENT_BUS_OBJECTS: 's3://letters',
    };
    expect(busSettings({}, env, '/srv/photos/main.js')).toMatchObject({
      connection: {
        bootstrapServers: 'kafka.example:9096',
        auth: { kind: 'scram', username: 'me', password: 'secret' },
      },
      clientId: 'resizer',
      source: '//photos',
      deadLetters: { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/letters' },
      objects: 's3://letters',
    });
  });

  test('that name servers take no security from the environment', () => {
    const env = { EVENT_BUS_KAFKA: 'far:1', EVENT_BUS_KAFKA_AUTH: 'iam', AWS_REGION: 'eu-west-1' };
    expect(busSettings({ bootstrapServers: 'localhost:9092' }, env, undefined).connection.auth).toBeUndefined();
    const tls = busSettings({ bootstrapServers: 'near:1', auth: { kind: 'tls' } }, env, undefined);
    expect(tls.connection).toEqual({ bootstrapServers: 'near:1', auth: { kind: 'tls', tls: {} } });
    const iam = busSettings(
      { bootstrapServers: 'near:1', auth: { kind: 'iam', region: 'eu-north-1' } },
      env,
      undefined,
    );
    expect(iam.connection.auth).toMatchObject({ kind: 'iam', region: 'eu-north-1', credentials: expect.any(Function) });
  });

  test('say nothing of dead letters for a cluster elsewhere', () => {
    expect(busSettings({ bootstrapServers: 'kafka.example:9092' }, {}, undefined).deadLetters).toBeUndefined();
  });

  test('name the program after its package and file', () => {
    writeFileSync(join(directory.path, 'package.json'), JSON.stringify({ name: '@photos/workers' }));
    mkdirSync(join(directory.path, 'src'));
    const { clientId } = busSettings({}, {}, join(directory.path, 'src', 'resizer.ts'));
    expect(clientId).toBe('photos-workers-resizer');
  });

  test('that are wrong are refused with their name', () => {
    expect(codedErrorOf(() => busSettings({ bootstrapServers: 'nowhere' }, {}, undefined)).message).toContain(
      '"nowhere"',
    );
    const empty = busSettings({}, { EVENT_BUS_KAFKA: '', EVENT_BUS_CLIENT_ID: '' }, undefined);
    expect(empty.connection.bootstrapServers).toBe('127.0.0.1:9092');
    const error = codedErrorOf(() => busSettings({}, { EVENT_BUS_LOG_LEVEL: 'loud' }, undefined));
    expect(error.message).toContain('"loud"');
  });

  test('are refused on a Node that the Kafka client does not run on', () => {
    for (const version of ['22.22.0', '22.30.1', '24.0.0', '26.1.0']) expect(() => assertNode(version)).not.toThrow();
    for (const version of ['18.20.1', '20.20.2', '22.21.9']) {
      expect(codedErrorOf(() => assertNode(version))).toMatchObject({
        code: 'EVENTBUS_SDK_NODE_TOO_OLD',
        message: expect.stringContaining(version),
      });
    }
  });
});
