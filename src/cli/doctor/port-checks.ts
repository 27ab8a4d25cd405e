import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Endpoints } from '../../local/platform/endpoints.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

/** A port of the bus. */
export interface BusPort {
  readonly part: string;
  readonly host: string;
  readonly port: number;
  /** Flag of `event-bus start` that chooses another one. */
  readonly flag: string;
}

/** The ports that endpoints name. */
export function portsOf(endpoints: Endpoints): readonly BusPort[] {
  const named: readonly (readonly [string, string, string])[] = [
    ['Kafka', `tcp://${endpoints.kafka.split(',')[0]}`, '--kafka-port'],
    ['PostgreSQL', endpoints.postgres, '--postgres-port'],
    ['MQTT', endpoints.mqtt, '--mqtt-port'],
    ['MQTTS', endpoints.mqtts, '--mqtts-port'],
    ['gRPC', `tcp://${endpoints.grpc}`, '--grpc-port'],
    ['queue', endpoints.queue, '--queue-port'],
    ['HTTP API', endpoints.api ?? '', '--api-port'],
    ['orders', endpoints.orders ?? '', '--orders-port'],
  ];
  return named.flatMap(([part, url, flag]) => {
    if (!URL.canParse(url)) return [];
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    return port === '' ? [] : [{ part, host, port: Number(port), flag }];
  });
}

/** With the bus stopped: whether its ports are free for the next start. */
export function freePortsCheck(ports: readonly BusPort[]): Check {
  const name = 'ports';
  const run = async (): Promise<readonly Finding[]> => {
    const found = await Promise.all(ports.map(async (port) => takenPort(port, await listenError(port))));
    const taken = found.filter((finding) => finding !== undefined);
    return taken.length > 0 ? taken : [ok(name, `${listed(ports)} are free`)];
  };
  return { name, run };
}

/**
 * With the bus running: whether its ports are held. Told by trying to listen, so that no part sees a connection that says
 * nothing; ports of other machines are left to the checks of the parts.
 */
export function heldPortsCheck(ports: readonly BusPort[], holder: number): Check {
  const name = 'ports';
  const run = async (): Promise<readonly Finding[]> => {
    const found = await Promise.all(ports.map(async (port) => ({ port, error: await listenError(port) })));
    const free = found.filter(({ error }) => error === undefined).map(({ port }) => port);
    const held = found.filter(({ error }) => error === 'EADDRINUSE').map(({ port }) => port);
    if (free.length === 0) return [ok(name, `${listed(held)} are held by process ${holder}`)];
    return free.map(({ part, host, port }) =>
      fail(
        name,
        `nothing listens at ${host}:${port} (${part})`,
        'Wait until "event-bus start" says ready; see its log file otherwise.',
      ),
    );
  };
  return { name, run };
}

function takenPort({ part, host, port, flag }: BusPort, error: string | undefined): Finding | undefined {
  if (error === undefined) return undefined;
  if (error === 'EADDRINUSE') {
    const message = `${port} (${part}) is in use by another program`;
    // These take the next free port by themselves.
    if (['PostgreSQL', 'HTTP API', 'orders'].includes(part))
      return warn(
        'ports',
        `${message}; the bus takes the next free one`,
        `Choose one with ${flag}, or end that program.`,
      );
    return fail(
      'ports',
      message,
      `End that program ("ss -ltnp" names it), or start the bus with ${flag} PORT; 0 takes a free one.`,
    );
  }
  return fail(
    'ports',
    `${host}:${port} (${part}) cannot be listened on: ${error}`,
    `Start the bus with ${flag} PORT, or another --host.`,
  );
}

/** The error's code when the port cannot be listened on. */
async function listenError({ host, port }: BusPort): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    server.close();
  }
}

function listed(ports: readonly BusPort[]): string {
  return ports.map(({ part, port }) => `${part} ${port}`).join(', ');
}
