import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commandsFilter } from '../../catalogue/ingest-rules.ts';
import { isDeviceId, topicOf } from '../../core/routing.ts';
import type { MqttGateway } from './gateway.ts';

/** The HTTP interface of the gateway for programs. */
export interface DataPlane {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

const maxBodyBytes = 128 * 1024;

/**
 * Serves what IoT Core's data plane serves to programs: `POST /topics/TOPIC?qos=1` publishes to a device's own topic. It
 * answers alike whether the device is connected or not, as IoT Core does. Signatures are not checked, so it listens on
 * loopback only.
 */
export async function startDataPlane(gateway: Pick<MqttGateway, 'sendCommand'>): Promise<DataPlane> {
  const server = createServer((request, response) => {
    answer(request, gateway).then(
      ([status, message]) => send(response, status, message),
      (error: unknown) => send(response, 500, String(error)),
    );
  });
  server.requestTimeout = 10_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  gateway: Pick<MqttGateway, 'sendCommand'>,
): Promise<readonly [status: number, message: string]> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const device = request.method === 'POST' ? deviceOf(pathname) : undefined;
  if (device === undefined) return [404, `there is no ${request.method} ${pathname.slice(0, 200)}`];
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return [413, `the payload is above ${maxBodyBytes} bytes`];
    chunks.push(chunk);
  }
  await gateway.sendCommand(device, Buffer.concat(chunks));
  return [200, 'OK'];
}

/** The device whose topic the path names; no other topic is anybody's to hear. */
function deviceOf(pathname: string): string | undefined {
  const topic = /^\/topics\/(.+)$/.exec(pathname)?.[1];
  if (topic === undefined) return undefined;
  const name = decodeURIComponent(topic);
  const device = name.split('/')[commandsFilter.split('/').indexOf('+')] ?? '';
  return isDeviceId(device) && topicOf(commandsFilter, device) === name ? device : undefined;
}

function send(response: ServerResponse, status: number, message: string): void {
  const text = JSON.stringify({ message });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
