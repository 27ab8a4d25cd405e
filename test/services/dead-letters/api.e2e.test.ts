import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { type HttpApi, serveHttp } from '../../../src/services/api/http-server.ts';
import { makeApi } from '../../../src/services/api/router.ts';
import { deadLetterRoutes } from '../../../src/services/dead-letters/api-routes.ts';
import {
  type BackgroundRedrives,
  makeBackgroundRedrives,
} from '../../../src/services/dead-letters/background-redrives.ts';
import { type DeskRig, makeDeskRig, sentHeader, topic } from './desk-rig.ts';

let rig: DeskRig;
let server: HttpApi;
let background: BackgroundRedrives;
const failures: unknown[] = [];

beforeAll(async () => {
  rig = await makeDeskRig();
});
beforeEach(async () => {
  await rig.reset();
  failures.length = 0;
  background = makeBackgroundRedrives(rig.desk, (error) => failures.push(error));
  const api = makeApi({ routes: deadLetterRoutes(rig.desk, background), onFailure: (error) => failures.push(error) });
  server = await serveHttp({ api, host: '127.0.0.1', port: 0, maxBodyBytes: 10_000 });
});
afterEach(async () => {
  await server.close();
  await background.close();
});
afterAll(() => rig.close());

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(path: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(`${server.url}${path}`, init);
  const body = (await response.json()) as Answered['body'];
  return { status: response.status, type: response.headers.get('content-type'), headers: response.headers, body };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'event-bus-actor': 'ana', ...headers },
  });

const until = async (redriveId: unknown, state: string) => {
  for (;;) {
    const { body } = await call(`/api/redrives/${String(redriveId)}`);
    if (body['state'] === state) return body;
    await sleep(20);
  }
};

describe('triage over HTTP', () => {
  test('the list of routes is where a stranger looks first', async () => {
    const { status, body } = await call('/api');
    expect(status).toBe(200);
    expect((body['routes'] as { path: string }[]).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/api/dead-letters', '/api/dead-letters/groups', '/api/redrives/previews']),
    );
  });

  test('letters come in pages', async () => {
    for (let offset = 0; offset < 5; offset += 1) await rig.add({ offset });
    const seen: unknown[] = [];
    let next: unknown = '';
    do {
      const { status, body } = await call(
        `/api/dead-letters?topic=${topic}&limit=2&cursor=${String(next)}`.replace(/&cursor=$/, ''),
      );
      expect(status).toBe(200);
      seen.push(...(body['items'] as { offset: number }[]).map(({ offset }) => offset));
      next = body['next'];
    } while (next !== null);
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });

  test('groups, statistics and single letters are what the desk knows', async () => {
    const letterId = await rig.add({ offset: 1 });
    const groups = await call('/api/dead-letters/groups?status=open');
    const [group] = groups.body['items'] as { groupId: string }[];
    expect((await call(`/api/dead-letters/groups/${group?.groupId}`)).body).toMatchObject({ sample: { letterId } });
    expect((await call(`/api/dead-letters/${letterId}`)).body).toMatchObject({ value: { kind: 'decoded' } });
    expect((await call('/api/dead-letters/statistics')).body).toMatchObject({ letters: { open: 1 } });
  });

  test('discarding needs a reason, and the audit trail names who asked', async () => {
    const letterId = await rig.add({ offset: 1 });
    expect((await post('/api/dead-letters/discards', { query: { ids: [letterId] } })).status).toBe(400);
    const discarded = await post('/api/dead-letters/discards', { query: { ids: [letterId] }, reason: 'a test device' });
    expect(discarded).toMatchObject({ status: 200, body: { letters: 1 } });
    expect((await call(`/api/dead-letters/${letterId}`)).body).toMatchObject({
      status: 'discarded',
      actions: [{ action: 'discard', actor: 'api:ana' }],
    });
  });
});

describe('a redrive over HTTP', () => {
  test('is previewed, started, followed to its end', async () => {
    for (let offset = 0; offset < 3; offset += 1) await rig.add({ offset });
    const asked = { query: { topic }, perSecond: 1000, patch: { batteryPercent: 12 }, reason: 'sensor update' };
    const { body: preview } = await post('/api/redrives/previews', asked);
    expect(preview).toMatchObject({ toSend: 3, refused: {} });
    expect((preview['sample'] as unknown[])[0]).toMatchObject({
      changes: [{ path: 'batteryPercent', after: 12 }],
    });
    expect(rig.sent).toEqual([]);
    const started = await post('/api/redrives', asked);
    expect(started.status).toBe(202);
    const { redriveId } = started.body;
    expect(started.headers.get('location')).toBe(`/api/redrives/${String(redriveId)}`);
    expect(await until(redriveId, 'done')).toMatchObject({ sent: 3, requestedBy: 'api:ana', reason: 'sensor update' });
    expect(rig.sent.map((record) => sentHeader(record, 'ce_id'))).toEqual(['event-0', 'event-1', 'event-2']);
  });

  test('that is refused says why, letter by letter, and changes nothing', async () => {
    const letterId = await rig.add({ offset: 1 }, { redrives: 5 });
    const refused = await post('/api/redrives', { query: { ids: [letterId] } });
    expect(refused).toMatchObject({
      status: 409,
      type: 'application/problem+json',
      body: {
        code: 'EVENTBUS_DLQ_REDRIVE_REFUSED',
        details: { refused: { 'redriven-too-often': 1 }, examples: [{ letterId }] },
      },
    });
    expect((await call('/api/redrives')).body).toEqual({ items: [], next: null });
  });

  test('that is resumed while it has yet to pause is sent to its end', async () => {
    for (let offset = 0; offset < 3; offset += 1) await rig.add({ offset });
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    rig.onSend = () => {
      begun.resolve();
      return held.promise;
    };
    const { body } = await post('/api/redrives', { query: { topic }, perSecond: 10 });
    const path = `/api/redrives/${String(body['redriveId'])}`;
    await begun.promise;
    expect((await post(`${path}/pause`, {})).body).toMatchObject({ state: 'paused' });
    const resumed = post(`${path}/resume`, {});
    await Promise.race([resumed, sleep(100)]);
    held.resolve();
    expect((await resumed).status).toBe(202);
    expect(await until(body['redriveId'], 'done')).toMatchObject({ sent: 3 });
    expect(rig.sent).toHaveLength(3);
    expect(failures).toEqual([]);
  });

  test('that fails is paused, tells its error, and can be resumed or cancelled', async () => {
    await rig.add({ offset: 1 });
    rig.onSend = () => Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away'));
    const { body } = await post('/api/redrives', { query: { topic }, perSecond: 1000 });
    expect(await until(body['redriveId'], 'paused')).toMatchObject({ error: expect.stringContaining('away') });
    rig.onSend = async () => {};
    expect((await post(`/api/redrives/${String(body['redriveId'])}/resume`, {})).status).toBe(202);
    await until(body['redriveId'], 'done');
    const again = await post(`/api/redrives/${String(body['redriveId'])}/cancel`, {});
    expect(again).toMatchObject({ status: 409, body: { code: 'EVENTBUS_DLQ_REDRIVE_STATE' } });
    expect((await call('/api/redrives?unfinished=true')).body['items']).toEqual([]);
  });
});

describe('a wrong request is answered as a problem', () => {
  test.each<[string, () => Promise<Answered>, number, string]>([
    ['an unknown path', () => call('/api/nothing'), 404, 'EVENTBUS_API_ROUTE_UNKNOWN'],
    ['an unknown letter', () => call('/api/dead-letters/x'), 404, 'EVENTBUS_DLQ_UNKNOWN'],
    [
      'a method that is not offered',
      () => call('/api/redrives', { method: 'PUT' }),
      405,
      'EVENTBUS_API_METHOD_UNKNOWN',
    ],
    ['a misspelt condition', () => call('/api/dead-letters?consumr=x'), 400, 'EVENTBUS_DLQ_QUERY_INVALID'],
    ['a limit out of range', () => call('/api/dead-letters?limit=0'), 400, 'EVENTBUS_API_PARAMETER_INVALID'],
    ['a condition given twice', () => call('/api/dead-letters?topic=a&topic=b'), 400, 'EVENTBUS_API_PARAMETER_INVALID'],
    ['a made-up cursor', () => call('/api/dead-letters?cursor=zzz'), 400, 'EVENTBUS_DLQ_QUERY_INVALID'],
    ['a body that is no JSON', () => post('/api/redrives', '{"query":'), 400, 'EVENTBUS_API_BODY_INVALID'],
    [
      'a body of another type',
      () => post('/api/redrives', '{}', { 'content-type': 'text/plain' }),
      400,
      'EVENTBUS_API_BODY_INVALID',
    ],
    [
      'a body that is too large',
      () => post('/api/redrives', `"${'x'.repeat(20_000)}"`),
      413,
      'EVENTBUS_API_BODY_TOO_LARGE',
    ],
    [
      'an unknown field',
      () => post('/api/redrives', { query: { topic }, speed: 3 }),
      400,
      'EVENTBUS_API_PARAMETER_INVALID',
    ],
    [
      'a field of another kind',
      () => post('/api/redrives', { query: { topic }, perSecond: '9' }),
      400,
      'EVENTBUS_API_PARAMETER_INVALID',
    ],
    ['a redrive of everything', () => post('/api/redrives', { query: {} }), 400, 'EVENTBUS_DLQ_QUERY_INVALID'],
    ['a redrive of nothing', () => post('/api/redrives', { query: { topic } }), 404, 'EVENTBUS_DLQ_NOTHING_SELECTED'],
    [
      'a page of another origin',
      () => call('/api', { headers: { origin: 'http://evil.example' } }),
      403,
      'EVENTBUS_API_FOREIGN_ORIGIN',
    ],
  ])('%s', async (...[_name, ask, status, code]) => {
    const answered = await ask();
    expect(answered).toMatchObject({ status, type: 'application/problem+json', body: { status, code } });
    expect(answered.body).toMatchObject({
      type: `urn:event-bus:error:${code}`,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(failures).toEqual([]);
  });

  test('a foreign name that points to this machine', async () => {
    const { hostname, port } = new URL(server.url);
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest({ hostname, port, path: '/api', headers: { host: 'rebound.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('a method that is not offered says which are', async () => {
    expect((await call('/api/redrives', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST');
  });

  test('a database that is away is told to the log and may be tried again', async () => {
    const api = makeApi({
      routes: deadLetterRoutes(
        { ...rig.desk, statistics: () => Promise.reject(new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'away')) },
        background,
      ),
      onFailure: (error) => failures.push(error),
    });
    const away = await serveHttp({ api, host: '127.0.0.1', port: 0 });
    const response = await fetch(`${away.url}/api/dead-letters/statistics`);
    await away.close();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(failures).toHaveLength(1);
  });
});
