import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { lambdaMappings } from '../../../src/consumers/mapping-breaker/mapping-control.ts';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const arn = `arn:aws:lambda:eu-central-1:000000000000:event-source-mapping:${id}`;
const outage = { sinceMs: Date.UTC(2026, 4, 4), stretchMs: null, lastMs: Date.UTC(2026, 4, 4, 1) };
const text = 'since 2026-05-04T00:00:00.000Z counted from - last 2026-05-04T01:00:00.000Z';

/** Requests that the service got, and what it answers to switches. */
let requests: string[] = [];
let refusal: { readonly status: number; readonly name: string } | null = null;

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    requests.push(`${request.method ?? ''} ${decodeURIComponent(request.url ?? '')} ${body}`.trim());
    response.setHeader('content-type', 'application/json');
    if (refusal !== null) {
      response.writeHead(refusal.status, { 'x-amzn-errortype': refusal.name });
      response.end(JSON.stringify({ message: 'no' }));
    } else if (request.url?.includes('/tags/') === true)
      response.end(JSON.stringify({ Tags: { other: 'x', 'event-bus:outage': text } }));
    else response.end(JSON.stringify({ UUID: id, State: 'Disabled', EventSourceMappingArn: arn }));
  });
});

let client: LambdaClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new LambdaClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  requests = [];
  refusal = null;
});

const mapping = { id, arn, state: 'Disabled', outage };

test('a mapping is seen with its state and what its tag says of an outage', async () => {
  expect(await lambdaMappings(client).see(id)).toEqual(mapping);
});

test('a mapping is switched without touching anything else of it', async () => {
  await lambdaMappings(client).switch(mapping, false);
  expect(requests).toEqual([`PUT /2015-03-31/event-source-mappings/${id} {"Enabled":false}`]);
});

test('an outage is remembered in the one tag, and forgotten with it', async () => {
  await lambdaMappings(client).remember(mapping, outage);
  await lambdaMappings(client).remember(mapping, null);
  expect(requests).toEqual([
    `POST /2017-03-31/tags/${arn} ${JSON.stringify({ Tags: { 'event-bus:outage': text } })}`,
    `DELETE /2017-03-31/tags/${arn}?tagKeys=event-bus:outage`,
  ]);
});

test('a mapping that is in the middle of another change is left to the next call', async () => {
  refusal = { status: 400, name: 'ResourceInUseException' };
  await expect(lambdaMappings(client).switch(mapping, true)).resolves.toBeUndefined();
});

test('any other refusal says which mapping, and why', async () => {
  refusal = { status: 403, name: 'AccessDeniedException' };
  await expect(lambdaMappings(client).switch(mapping, true)).rejects.toMatchObject({
    code: 'EVENTBUS_CONSUMER_MAPPING_OUT_OF_REACH',
    message: expect.stringContaining(`mapping ${id}: AccessDeniedException`),
  });
});
