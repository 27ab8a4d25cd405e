import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { apiVersionsApi } from '../../../src/local/kafka/apis/api-versions.ts';
import { metadataApi } from '../../../src/local/kafka/apis/metadata.ts';
import { servedApis } from '../../../src/local/kafka/apis/registry.ts';
import type { BrokerOptions } from '../../../src/local/kafka/broker.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { clientCodec } from '../../../src/local/kafka/protocol/message.ts';
import { startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { codedRejectionOf } from '../../make/coded-error.ts';
import { lastingPort } from '../../make/lasting-port.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { wireClient } from '../../make/wire-client.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, createTopic, fetchPartition, produceBatch, produceTexts } from './requests.ts';

let kafka: BrokerUnderTest;

const start = async (options: Omit<BrokerOptions, 'dataDir'> = {}) => {
  await kafka.close();
  kafka = await brokerUnderTest({ topics: ['events'], ...options });
};

beforeEach(async () => {
  kafka = await brokerUnderTest({ topics: ['events'] });
});

afterEach(() => kafka.close());

/** A frame with a header of version 1 and this body. */
function frameOf(apiKey: number, apiVersion: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.alloc(14);
  frame.writeInt32BE(10 + body.length, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(apiVersion, 6);
  frame.writeInt32BE(77, 8);
  frame.writeInt16BE(-1, 12);
  return Buffer.concat([frame, body]);
}

describe('versions', () => {
  test('are offered as they are served, in every version of the question', async () => {
    for (let version = 0; version <= apiVersionsApi.maxVersion; version++) {
      const { errorCode, apiKeys } = await kafka.client.call(apiVersionsApi, {}, version);
      expect(errorCode).toBe(0);
      expect(apiKeys).toHaveLength(servedApis().length);
      expect(apiKeys).toContainEqual({ apiKey: 3, minVersion: 0, maxVersion: 12 });
    }
  });

  test('that are unknown are answered to ApiVersions in version 0, so that the client can ask again', async () => {
    const body = await kafka.client.send(frameOf(18, 99, Buffer.from([0, 1, 1, 0])));
    const { errorCode, apiKeys } = clientCodec(apiVersionsApi, 0).readResponse(body);
    expect(errorCode).toBe(wireError.unsupportedVersion);
    expect(apiKeys).toContainEqual({ apiKey: 18, minVersion: 0, maxVersion: 4 });
    expect(await kafka.client.call(apiVersionsApi, {}, 3)).toMatchObject({ errorCode: 0 });
  });

  test('that are unknown get an error code elsewhere, and the connection stays', async () => {
    for (const { key, minVersion, maxVersion } of servedApis()) {
      for (const version of [minVersion - 1, maxVersion + 1]) {
        const body = await kafka.client.send(frameOf(key, version));
        expect(body.readInt32BE(0)).toBe(77);
      }
    }
    expect(await kafka.client.call(metadataApi, { topics: [] })).toMatchObject({ topics: [] });
  });

  test('of APIs that are not served get an error code, and the connection stays', async () => {
    for (let key = 0; key <= 120; key++) {
      if (servedApis().some((api) => api.key === key)) continue;
      const body = await kafka.client.send(frameOf(key, 0));
      expect(body.length).toBeGreaterThan(6);
    }
    const sasl = await kafka.client.send(frameOf(17, 1, Buffer.from([0, 5, ...Buffer.from('PLAIN')])));
    expect(sasl.readInt16BE(4)).toBe(wireError.unsupportedSaslMechanism);
    const strange = await kafka.client.send(frameOf(9_999, 0));
    expect(strange.readInt16BE(4)).toBe(wireError.unsupportedVersion);
  });
});

describe('a malformed frame', () => {
  test.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'EVENTBUS_BROKER_FRAME_TOO_LARGE'],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'EVENTBUS_BROKER_FRAME_MALFORMED'],
    ['a length of 3', Buffer.from([0, 0, 0, 3, 0, 0, 0]), 'EVENTBUS_BROKER_FRAME_MALFORMED'],
    ['a body that is too short', frameOf(3, 1, Buffer.from([0, 0])), 'EVENTBUS_BROKER_FRAME_MALFORMED'],
    ['a body that is too long', frameOf(3, 1, Buffer.alloc(9)), 'EVENTBUS_BROKER_FRAME_MALFORMED'],
    ['an array longer than the frame', frameOf(3, 1, Buffer.from([127, 0, 0, 0])), 'EVENTBUS_BROKER_FRAME_MALFORMED'],
  ])('%s closes its connection with a logged reason, and nothing else', async (_, bytes, code) => {
    const bad = await kafka.connect();
    bad.socket.write(bytes);
    await bad.closed;
    expect(kafka.log.map((line) => line.code)).toEqual([code]);
    expect(kafka.log[0]?.details?.['client']).toMatch(/^127\.0\.0\.1:/);
    expect(await produceTexts(kafka.client, ['still here'])).toMatchObject({ errorCode: 0 });
  });
});

describe('bounds', () => {
  test('on requests close the connection that exceeds them', async () => {
    await start({ settings: { maxRequestBytes: 50_000, maxControlRequestBytes: 2_000 } });
    expect(await produceBatch(kafka.client, batchOf(['x'.repeat(40_000)]))).toMatchObject({ errorCode: 0 });
    const control = await kafka.connect();
    control.socket.write(frameOf(3, 1, Buffer.alloc(3_000)));
    await control.closed;
    await expect(produceBatch(await kafka.connect(), batchOf(['x'.repeat(60_000)]))).rejects.toThrow('closed');
    expect(kafka.log.map(({ code }) => code)).toEqual(Array(2).fill('EVENTBUS_BROKER_FRAME_TOO_LARGE'));
  });

  test('on connections refuse the next one and take one again when another closes', async () => {
    await start({ settings: { maxConnections: 2 } });
    const second = await kafka.connect();
    await (await kafka.connect()).closed;
    expect(kafka.log.map(({ code }) => code)).toEqual(['EVENTBUS_BROKER_TOO_MANY_CONNECTIONS']);
    second.close();
    await expect(kafka.client.call(metadataApi, { topics: [] })).resolves.toBeDefined();
    for (;;) {
      const third = await kafka.connect();
      const answer = await third.call(metadataApi, { topics: [] }).catch(() => undefined);
      if (answer !== undefined) break;
    }
  });

  test('on the memory of a fetch hold whatever the client asks for', async () => {
    await start({ settings: { maxFetchBytes: 5_000 } });
    for (let count = 0; count < 10; count++) await produceTexts(kafka.client, ['x'.repeat(1_000)]);
    const { records } = await fetchPartition(kafka.client, { maxBytes: 1_000_000 });
    const bytes = records.reduce((sum, piece) => sum + piece.length, 0);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(5_000);
  });

  test('on silence close connections that are idle', async () => {
    await start({ settings: { idleConnectionMs: 1_000 } });
    await kafka.client.closed;
    expect(kafka.log).toEqual([]);
  });

  test('hold for a client that asks and does not read: it is answered in order when it reads', async () => {
    const answers: number[] = [];
    const asks = Array.from({ length: 500 }, async (_, index) => {
      await kafka.client.call(metadataApi, { topics: null });
      answers.push(index);
    });
    kafka.client.socket.pause();
    expect(await produceTexts(await kafka.connect(), ['others go on'])).toMatchObject({ errorCode: 0 });
    kafka.client.socket.resume();
    await Promise.all(asks);
    expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });
});

describe('starting', () => {
  test('serves from a thread of its own and keeps what it has over a restart', async () => {
    const data = temporaryDirectory();
    const first = await startEmbeddedKafka({ dataDir: join(data.path, 'made', 'for me'), port: await lastingPort() });
    expect(first.bootstrapServers).toBe(`127.0.0.1:${first.port}`);
    const client = await wireClient(first.port);
    await createTopic(client, 'events');
    expect(await produceTexts(client, ['kept'])).toMatchObject({ errorCode: 0 });
    await first.close();
    await first.close();
    await client.closed;
    await using second = await startEmbeddedKafka({ dataDir: join(data.path, 'made', 'for me'), port: first.port });
    expect(second.port).toBe(first.port);
    const again = await wireClient(second.port);
    expect((await fetchPartition(again)).highWatermark).toBe(1);
    again.close();
    await second.close();
    data.remove();
  });

  test('says that the port is taken, and by which address', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const data = temporaryDirectory();
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: data.path, port }));
    expect(error.code).toBe('EVENTBUS_BROKER_PORT_TAKEN');
    expect(error.message).toContain(`127.0.0.1:${port}`);
    other.close();
    data.remove();
  });

  test('says that an address is not of this machine', async () => {
    const data = temporaryDirectory();
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: data.path, host: '203.0.113.1' }));
    expect(error.code).toBe('EVENTBUS_BROKER_ADDRESS_INVALID');
    data.remove();
  });

  test('says that the directory cannot be used, with its path', async () => {
    const data = temporaryDirectory();
    writeFileSync(join(data.path, 'file'), '');
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: join(data.path, 'file', 'below') }));
    expect(error.code).toBe('EVENTBUS_BROKER_DATA_DIR_UNUSABLE');
    expect(error.message).toContain(join(data.path, 'file', 'below'));
    data.remove();
  });

  test('says that another broker has the directory', async () => {
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: kafka.dataDir }));
    expect(error.code).toBe('EVENTBUS_BROKER_DATA_IN_USE');
    expect(await produceTexts(kafka.client, ['unharmed'])).toMatchObject({ errorCode: 0 });
  });

  test.each([
    ['another file', (path: string) => writeFileSync(path, 'this is no database, '.repeat(1_000))],
    ["another program's database", (path: string) => openAnd(path, 'CREATE TABLE topic (x); PRAGMA user_version=1')],
  ])('says that the data file is damaged when it is %s, and leaves it as it is', async (_, spoil) => {
    const data = temporaryDirectory();
    const path = join(data.path, 'log.sqlite');
    spoil(path);
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: data.path }));
    expect(error.code).toBe('EVENTBUS_BROKER_DATA_CORRUPT');
    expect(error.message).toContain(path);
    expect(error.message).toContain('.recover');
    data.remove();
  });

  test('refuses a data file of a newer version', async () => {
    const data = temporaryDirectory();
    openAnd(join(data.path, 'log.sqlite'), 'PRAGMA user_version = 99');
    const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: data.path }));
    expect(error.code).toBe('EVENTBUS_BROKER_DATA_TOO_NEW');
    data.remove();
  });

  test('refuses settings that are unknown or out of range', async () => {
    const wrong = [{ maxConnections: 0 }, { retentionMs: 1.5 }, { autoCreateTopics: 1 }, { noSuch: 1 }];
    for (const settings of wrong) {
      const error = await codedRejectionOf(startEmbeddedKafka({ dataDir: 'unused', settings: settings as object }));
      expect(error.code).toBe('EVENTBUS_BROKER_SETTING_INVALID');
      expect(error.message).toContain(Object.keys(settings)[0]);
    }
  });
});

function openAnd(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
