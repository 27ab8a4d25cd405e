import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LambdaApi, maxEventBytes, startLambdaApi } from '../../../src/local/lambda-api/lambda-api.ts';

let api: LambdaApi;
let client: LambdaClient;

beforeAll(async () => {
  const functions = new Map([
    ['echo', async (event: unknown) => ({ got: event })],
    [
      'broken',
      async () => {
        throw Object.assign(new Error('no table'), { code: 'EVENTBUS_POSTGRES_UNAVAILABLE' });
      },
    ],
  ]);
  api = await startLambdaApi({ functions });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new LambdaClient({ endpoint: api.url, region: 'local', credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await api.close();
});

const invoke = (FunctionName: string, event: unknown) =>
  client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }));

describe('the Lambda API of the functions on this machine, through the SDK of AWS', () => {
  test('hands the event over and gives the answer back', async () => {
    const { StatusCode, Payload, FunctionError } = await invoke('echo', { records: { 'a-0': [1] } });
    expect(StatusCode).toBe(200);
    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ got: { records: { 'a-0': [1] } } });
  });

  test('tells a failure of the function as Lambda does', async () => {
    const { FunctionError, Payload } = await invoke('broken', {});
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({
      errorType: 'EVENTBUS_POSTGRES_UNAVAILABLE',
      errorMessage: 'no table',
    });
  });

  test('names the functions there are when one is unknown', async () => {
    await expect(invoke('ecko', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('there are echo, broken'),
    });
  });

  test('refuses an event above the limit of synchronous invocations', async () => {
    await expect(invoke('echo', 'x'.repeat(maxEventBytes))).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  });

  test('refuses what is no JSON', async () => {
    const answer = await fetch(`${api.url}/2015-03-31/functions/echo/invocations`, { method: 'POST', body: '{' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('InvalidRequestContentException');
  });
});
