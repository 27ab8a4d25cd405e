import type { IncomingMessage, ServerResponse } from 'node:http';
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
