/**
 * Loaded before a bus: the embedded queue's answers, as the text of `?file=` says: `away` (the connection is cut), `silent`,
 * `slow` (half a second later), `third` (every third request fails), or as they are.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import { faultFile } from './fault-file.ts';

const fault = faultFile(import.meta.url);
let requests = 0;

/** True when the fault has taken the request on itself. */
function meets(request: IncomingMessage, response: ServerResponse, goOn: () => void): boolean {
  switch (fault.current()) {
    case 'away':
      request.socket.destroy();
      return true;
    case 'silent':
      return true;
    case 'slow':
      setTimeout(goOn, 500);
      return true;
    case 'third':
      requests += 1;
      if (requests % 3 !== 0) return false;
      request.resume().once('end', () => {
        response.statusCode = 500;
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.end(JSON.stringify({ __type: 'com.amazonaws.sqs#InternalFailure', message: 'the drill says so' }));
      });
      return true;
    default:
      return false;
  }
}

if (isMainThread) {
  const emit = Reflect.get(Server.prototype, 'emit') as (...args: readonly unknown[]) => boolean;
  Server.prototype.emit = function faulty(this: Server, event: string | symbol, ...args: readonly unknown[]): boolean {
    const goOn = () => Reflect.apply(emit, this, [event, ...args]);
    if (event !== 'request') return goOn();
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (!String(request.headers['x-amz-target'] ?? '').startsWith('AmazonSQS.')) return goOn();
    return meets(request, response, goOn) || goOn();
  } as typeof emit;
}
