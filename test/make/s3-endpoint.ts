import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';

/** Objects a page of a listing shows. */
const pageSize = 10;

export interface S3Endpoint {
  readonly url: string;
  readonly client: S3Client;
  /** Media types of the objects, by bucket and key. */
  readonly contentTypes: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** The four calls of S3's REST protocol that object stores use, answered from memory. */
export async function startS3Endpoint(): Promise<S3Endpoint> {
  const objects = new Map<string, Buffer>();
  const contentTypes = new Map<string, string>();
  const server = createServer((request, response) => {
    void answer(request, response, { objects, contentTypes });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = s3Client(url);
  return {
    url,
    client,
    contentTypes,
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function s3Client(endpoint: string): S3Client {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new S3Client({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1, forcePathStyle: true });
}

interface State {
  readonly objects: Map<string, Buffer>;
  readonly contentTypes: Map<string, string>;
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  // Not by URL: it would resolve the dots of a key.
  const [path = '', query = ''] = (request.url ?? '').slice(1).split('?', 2);
  const name = path.split('/').map(decodeURIComponent).join('/');
  const parameters = new URLSearchParams(query);
  if (request.method === 'PUT') {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    state.objects.set(name, Buffer.concat(chunks));
    state.contentTypes.set(name, request.headers['content-type'] ?? '');
    response.end();
  } else if (request.method === 'DELETE') {
    state.objects.delete(name);
    response.writeHead(204).end();
  } else if (parameters.get('list-type') === '2') {
    response.setHeader('content-type', 'application/xml');
    response.end(listing(name.replace(/\/$/, ''), parameters, state.objects));
  } else {
    const bytes = state.objects.get(name);
    if (bytes === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.end(bytes);
  }
}

function listing(bucket: string, parameters: URLSearchParams, objects: ReadonlyMap<string, Buffer>): string {
  const prefix = `${bucket}/${parameters.get('prefix') ?? ''}`;
  const from = Number(parameters.get('continuation-token') ?? 0);
  const found = [...objects]
    .filter(([name]) => name.startsWith(prefix))
    .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const page = found.slice(from, from + pageSize);
  const contents = page.map(([name, { length }]) => {
    const key = name.slice(bucket.length + 1).replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    return `<Contents><Key>${key}</Key><Size>${length}</Size></Contents>`;
  });
  const more =
    from + pageSize < found.length ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`;
}
