import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AppError } from '../../core/errors/app-error.ts';
import { prometheusText, type RealtimeCounters } from './counters.ts';

/** Path that Socket.IO answers itself. */
const socketPath = '/socket.io';
const plainText = 'text/plain; charset=utf-8';
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/** Answers `GET /health` and `GET /metrics`; everything else that is not Socket.IO's is not found. */
export function answerHttp(request: IncomingMessage, response: ServerResponse, counters: () => RealtimeCounters): void {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path.startsWith(socketPath)) return;
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, { status: 405, contentType: plainText, text: 'GET only\n' });
  // Figures are for the operator: what came through a load balancer came from outside.
  const fromOutside = request.headers['x-forwarded-for'] !== undefined;
  if (path === '/health') {
    const { connections, interruptedTopics } = counters();
    const status = interruptedTopics === 0 ? 'ok' : 'degraded';
    const facts = fromOutside ? { status } : { status, connections, interruptedTopics };
    return send(response, { status: 200, contentType: 'application/json', text: `${JSON.stringify(facts)}\n` });
  }
  if (path === '/metrics' && !fromOutside) {
    return send(response, { status: 200, contentType: prometheusType, text: prometheusText(counters()) });
  }
  send(response, { status: 404, contentType: plainText, text: 'Here are /socket.io, /health and /metrics.\n' });
}

interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

function send(response: ServerResponse, { status, contentType, text }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
}

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Ports behind it that are tried when it is taken. @default 0 */
  readonly portsToTry?: number;
}

/** @throws AppError EVENTBUS_LOCAL_PORT_TAKEN */
export async function listening(server: Server, { host, port, portsToTry = 0 }: ListenAddress): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    if (portsToTry > 0 && port > 0 && port < 65_535) {
      return listening(server, { host, port: port + 1, portsToTry: portsToTry - 1 });
    }
    throw new AppError('EVENTBUS_LOCAL_PORT_TAKEN', `port ${port} of the realtime gateway (${code})`, { cause });
  }
}
