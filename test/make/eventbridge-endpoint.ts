import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';

interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources: readonly string[];
  /** s since 1970-01-01 UTC. */
  readonly Time: number;
  readonly EventBusName: string;
}

export interface EventBridgeEndpoint {
  readonly client: EventBridgeClient;
  /** Requests answered so far, each with its entries. */
  readonly requests: (readonly Entry[])[];
  /** Entries that were taken, emptied by the test. */
  readonly taken: Entry[];
  /** Refuses the next entries: their indexes in a request. */
  refuseNext: readonly number[];
  close(): Promise<void>;
}

/** `PutEvents` of EventBridge's JSON protocol, answered from memory. */
export async function startEventBridgeEndpoint(): Promise<EventBridgeEndpoint> {
  const server = createServer((request, response) => void answer(request, response, endpoint));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const client = eventBridgeClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const endpoint: EventBridgeEndpoint = {
    client,
    requests: [],
    taken: [],
    refuseNext: [],
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

export function eventBridgeClient(endpoint: string): EventBridgeClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new EventBridgeClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
}

async function answer(request: IncomingMessage, response: ServerResponse, state: EventBridgeEndpoint): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly Entries: readonly Entry[] };
  state.requests.push(Entries);
  const refused = new Set(state.refuseNext);
  state.refuseNext = [];
  const results = Entries.map((entry, index) => {
    if (refused.has(index)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
    state.taken.push(entry);
    return { EventId: `event-${state.taken.length}` };
  });
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify({ FailedEntryCount: refused.size, Entries: results }));
}
