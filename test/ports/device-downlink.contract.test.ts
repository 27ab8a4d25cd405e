import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { startDataPlane } from '../../src/local/mqtt/data-plane.ts';
import { startMqttGateway } from '../../src/local/mqtt/gateway.ts';
import { deviceDownlinkCases } from '../../src/ports/device-downlink/device-downlink.cases.ts';
import { deviceDownlinkFromUrl } from '../../src/ports/device-downlink/device-downlink.from-url.ts';
import { makeIotDownlink } from '../../src/ports/device-downlink/device-downlink.iot.ts';
import { signedHeaders } from '../../src/ports/device-downlink/signed-post.ts';
import { fleetRoute } from '../local/mqtt/routes.ts';
import { startIotEndpoint } from '../make/iot-endpoint.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { eventually, MemoryLog, recordingLog } from '../services/ingest/memory-log.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const own = { region: 'eu-west-1', credentials: async () => credentials };

deviceDownlinkCases('the embedded gateway', async () => {
  const { log } = recordingLog();
  const routes = [fleetRoute];
  const gateway = await startMqttGateway({ host: '127.0.0.1', port: 0, routes, publisher: new MemoryLog(), log });
  const plane = await startDataPlane(gateway);
  const device = await connectAsync(`mqtt://127.0.0.1:${gateway.port}`, { clientId: 'car-1', reconnectPeriod: 0 });
  const payloads: string[] = [];
  device.on('message', (_topic, payload) => payloads.push(payload.toString()));
  await device.subscribeAsync('fleet/car-1/commands', { qos: 1 });
  return {
    downlink: makeIotDownlink({ ...own, endpoint: () => plane.url }),
    heard: async (count) => {
      await eventually('the messages', () => payloads.length >= count);
      return payloads.splice(0);
    },
    close: async () => {
      await device.endAsync(true);
      await plane.close();
      await gateway.close();
    },
  };
});

deviceDownlinkCases('IoT Core’s data plane, answered from memory', async () => {
  const endpoint = await startIotEndpoint();
  return {
    downlink: makeIotDownlink({ ...own, endpoint: () => endpoint.url }),
    heard: async () => endpoint.taken.splice(0).map(({ body }) => body),
    close: () => endpoint.close(),
  };
});

describe('a message over IoT Core’s data plane', () => {
  test('goes to the device’s own topic with QoS 1, its end and a signature', async () => {
    const endpoint = await startIotEndpoint();
    const downlink = makeIotDownlink({
      ...own,
      endpoint: () => endpoint.url,
      now: () => new Date('2026-11-21T08:00:00Z'),
    });
    await downlink.publish({ deviceId: 'car-1', payload: '{}', expiresInSeconds: 0.2 });
    const [request] = endpoint.taken;
    expect(request?.url).toBe('/topics/fleet%2Fcar-1%2Fcommands?messageExpiry=1&qos=1');
    expect(request?.headers['x-amz-date']).toBe('20261121T080000Z');
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/eu-west-1\/iotdata\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    await endpoint.close();
  });

  test.each([
    [400, 'EVENTBUS_FLEET_DOWNLINK_REFUSED'],
    [413, 'EVENTBUS_FLEET_DOWNLINK_REFUSED'],
    [403, 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE'],
    [429, 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE'],
    [500, 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE'],
  ])('that is answered with %d is a failure %s', async (status, code) => {
    const endpoint = await startIotEndpoint();
    endpoint.state.status = status;
    const downlink = makeIotDownlink({ ...own, endpoint: () => endpoint.url });
    await expect(downlink.publish({ deviceId: 'car-1', payload: '{}' })).rejects.toMatchObject({ code });
    await endpoint.close();
  });

  test('that nobody answers is the dependency’s failure', async () => {
    const downlink = makeIotDownlink({ ...own, endpoint: () => 'http://127.0.0.1:1' });
    await expect(downlink.publish({ deviceId: 'car-1', payload: '{}' })).rejects.toMatchObject({
      code: 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE',
      failure: 'dependency',
    });
  });

  // Computed once with the AWS SDK's own signer over the same request.
  test('is signed over a path that is encoded once more, and with the session token of temporary keys', () => {
    const request = {
      url: new URL('https://data-ats.iot.eu-west-1.amazonaws.com/topics/fleet%2Fcar-1%2Fcommands?qos=1'),
      body: '{"a":1}',
      scope: { region: 'eu-west-1', service: 'iotdata' },
      now: new Date('2026-11-21T08:00:00Z'),
    };
    const signature = (given: typeof credentials & { readonly sessionToken?: string }) =>
      signedHeaders({ ...request, credentials: given })['authorization'];
    expect(signature(credentials)).toContain(
      'Signature=40c26f0f7877a7fd15c3a9a4d981f90381eac5756a1217f74a60e72edd100a02',
    );
    expect(signature({ ...credentials, sessionToken: 'token' })).toContain(
      'Signature=96dd37e46845f04bd2e085d84439577c80acb9a4022a221fd71f04f5e41c0311',
    );
  });
});

describe('a URL', () => {
  test('names a region, a data plane, or a file with the address of one', async () => {
    const folder = temporaryDirectory();
    const file = join(folder.path, 'address');
    const fromFile = deviceDownlinkFromUrl(pathToFileURL(file).href, { AWS_REGION: 'eu-west-1' });
    process.env['AWS_ACCESS_KEY_ID'] ??= 'local';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local';
    await expect(fromFile.publish({ deviceId: 'car-1', payload: 'x' })).rejects.toMatchObject({
      code: 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE',
    });
    const endpoint = await startIotEndpoint();
    writeFileSync(file, `${endpoint.url}\n`);
    await fromFile.publish({ deviceId: 'car-1', payload: 'x' });
    await deviceDownlinkFromUrl(endpoint.url, {}).publish({ deviceId: 'car-1', payload: 'y' });
    expect(endpoint.taken.map(({ body }) => body)).toEqual(['x', 'y']);
    await endpoint.close();
    folder.remove();
  });

  test.each(['', 'iot://', 'iot://nowhere', 'ftp://host', 'http://host/path'])(
    'of another form, "%s", is refused',
    (text) => {
      expect(() => deviceDownlinkFromUrl(text, {})).toThrow(
        expect.objectContaining({ code: 'EVENTBUS_FLEET_DOWNLINK_URL' }),
      );
    },
  );
});
