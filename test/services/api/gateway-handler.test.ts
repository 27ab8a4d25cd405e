import { describe, expect, test } from '@jest/globals';
import type { ApiCall } from '../../../src/services/api/api-call.ts';
import { makeGatewayHandler } from '../../../src/services/api/gateway-handler.ts';

/** A request as an HTTP API of API Gateway hands it to its function, payload format 2.0. */
function event(given: Readonly<Record<string, unknown>> = {}) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/orders/o-1',
    rawQueryString: 'at=2026-05-01T10%3A00%3A00Z&limit=2',
    headers: { Authorization: 'Bearer t', 'content-type': 'application/json; charset=utf-8' },
    requestContext: { stage: '$default', http: { method: 'POST', path: '/orders/o-1', sourceIp: '192.0.2.1' } },
    body: '{"reason":"x"}',
    isBase64Encoded: false,
    ...given,
  };
}

async function called(given: Readonly<Record<string, unknown>> = {}) {
  const calls: ApiCall[] = [];
  const handler = makeGatewayHandler(async (call) => {
    calls.push(call);
    return { status: 201, headers: { location: '/orders/o-1' }, body: { done: true } };
  });
  const answer = await handler(event(given));
  return { answer, call: calls[0] };
}

describe('a function behind an HTTP API', () => {
  test('hands the request over and answers in the gateway’s form', async () => {
    const { answer, call } = await called();
    expect(call).toMatchObject({ method: 'POST', path: '/orders/o-1', body: { reason: 'x' } });
    expect(call?.headers['authorization']).toBe('Bearer t');
    expect(call?.query.get('at')).toBe('2026-05-01T10:00:00Z');
    expect(answer).toMatchObject({ statusCode: 201, body: '{"done":true}' });
    expect(answer.headers).toMatchObject({ location: '/orders/o-1', 'content-type': 'application/json' });
  });

  test('reads bodies in base64, and requests without one', async () => {
    const body = Buffer.from('{"reason":"é"}').toString('base64');
    expect((await called({ body, isBase64Encoded: true })).call?.body).toEqual({ reason: 'é' });
    expect((await called({ body: undefined })).call?.body).toBeUndefined();
  });

  test('takes the stage off the path', async () => {
    const requestContext = { stage: 'dev', http: { method: 'GET' } };
    expect((await called({ rawPath: '/dev/orders/o-1', requestContext })).call?.path).toBe('/orders/o-1');
    expect((await called({ rawPath: '/devices', requestContext })).call?.path).toBe('/devices');
  });

  test('answers HEAD as GET without a body', async () => {
    const { answer, call } = await called({ requestContext: { stage: '$default', http: { method: 'HEAD' } } });
    expect(call?.method).toBe('GET');
    expect(answer).toMatchObject({ statusCode: 201, body: '' });
  });

  test('answers what is no JSON, or no request at all, with a problem', async () => {
    const { answer } = await called({ body: '{' });
    expect(answer).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/problem+json' } });
    const handler = makeGatewayHandler(async () => ({ status: 200, body: null }));
    for (const odd of [null, {}, { version: '1.0', httpMethod: 'GET', path: '/' }]) {
      expect(JSON.parse((await handler(odd)).body)).toMatchObject({ code: 'EVENTBUS_API_EVENT_INVALID' });
    }
  });
});
