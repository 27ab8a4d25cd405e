import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingEvent } from '../../../src/kafka/publisher.ts';
import { makeFolderObjectStore } from '../../../src/ports/object-store/object-store.folder.ts';
import { makePool } from '../../../src/postgres/pool.ts';
import type { ListeningServer } from '../../../src/services/api/listening.ts';
import { loadPage } from '../../../src/services/photos/page.ts';
import { startPhotoService } from '../../../src/services/photos/photo-service.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const folder = temporaryDirectory();
const objects = makeFolderObjectStore({ directory: folder.path });
const published: OutgoingEvent<'PhotoEvent'>[] = [];
// Nothing here reaches the database: it is told of by the tests with a bus.
const pool = makePool('postgres://nobody@127.0.0.1:1/none');
let service: ListeningServer;
let away: AppError | undefined;

beforeAll(async () => {
  service = await startPhotoService({
    host: '127.0.0.1',
    port: 0,
    verifier: {
      verify: async (token) => {
        if (token === undefined || token === 'bad') throw new AppError('EVENTBUS_AUTH_TOKEN_INVALID', 'test');
        return { subject: token, roles: [], expiresAtMs: 0 };
      },
    },
    objects,
    pool,
    publisher: {
      publish: async (events) => {
        if (away !== undefined) throw away;
        published.push(...(events as OutgoingEvent<'PhotoEvent'>[]));
      },
    },
    page: await loadPage('http://127.0.0.1:8089'),
    demoToken: async (user) => `token-of-${user}`,
    clock: () => Date.parse('2026-05-04T10:00:00Z'),
    onFailure: () => {},
  });
});

afterAll(async () => {
  await service.close();
  await pool.end();
  folder.remove();
});

type Headers = Readonly<Record<string, string>>;
type Call = Omit<RequestInit, 'headers'> & { readonly headers?: Headers };

const call = (path: string, { headers = {}, ...options }: Call = {}) =>
  fetch(`${service.url}${path}`, { ...options, headers: { authorization: 'Bearer alice', ...headers } });

function form(...names: readonly string[]): FormData {
  const made = new FormData();
  for (const name of names) made.append('photos', new File([`pixels of ${name}`], name, { type: 'image/jpeg' }));
  return made;
}

const upload = (body: RequestInit['body'], headers: Headers = {}) => call('/photos', { method: 'POST', body, headers });

/** The whole answer to an upload. */
const ids = async (body: FormData, headers: Headers) => (await upload(body, headers)).text();

const signIn = (user: unknown) =>
  call('/demo-session', {
    method: 'POST',
    body: JSON.stringify({ user }),
    headers: { 'content-type': 'application/json' },
  });

describe('an upload', () => {
  test('of several files is a batch: stored below their owner, then announced with the size of the batch', async () => {
    published.length = 0;
    const response = await upload(form('a.jpg', 'b.jpg'), { traceparent: '00-a-b-01' });
    expect(response.status).toBe(202);
    const { batchId, photos } = (await response.json()) as { batchId: string; photos: { photoId: string }[] };
    expect(photos).toMatchObject([
      { filename: 'a.jpg', contentType: 'image/jpeg', sizeBytes: 15 },
      { filename: 'b.jpg' },
    ]);
    expect(published).toMatchObject(
      photos.map(({ photoId }, index) => ({
        topic: 'photo.events.v1',
        key: photoId,
        event: { type: 'photo.uploaded', subject: photoId, time: '2026-05-04T10:00:00.000Z', traceparent: '00-a-b-01' },
        value: { photoId, batchId, userId: 'alice', photosTotal: 2, filename: ['a.jpg', 'b.jpg'][index] },
      })),
    );
    expect(String(await objects.get(published[1]?.value.storageUri ?? ''))).toBe('pixels of b.jpg');
    expect(published[1]?.value.storageUri).toBe(`photos/alice/${photos[1]?.photoId}/original`);
  });

  test('may be one picture as the body, which is no batch', async () => {
    published.length = 0;
    const path = `/photos?filename=${encodeURIComponent('C:\\my\u0007 fjord.png')}`;
    const response = await call(path, { method: 'POST', body: 'pixels', headers: { 'content-type': 'image/png' } });
    expect(await response.json()).toMatchObject({
      batchId: null,
      photos: [{ filename: 'my fjord.png', sizeBytes: 6 }],
    });
    expect(published).toMatchObject([{ value: { batchId: null, photosTotal: null } }]);
  });

  test('sent again with its key is the same; of another user, or with other pictures, it is not', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await ids(form('a.jpg', 'b.jpg'), key);
    expect(await ids(form('a.jpg', 'b.jpg'), key)).toBe(first);
    expect(await ids(form('a.jpg', 'c.jpg'), key)).not.toBe(first);
    expect(await ids(form('a.jpg', 'b.jpg'), { ...key, authorization: 'Bearer bob' })).not.toBe(first);
    expect(await ids(form('a.jpg', 'b.jpg'), {})).not.toBe(await ids(form('a.jpg', 'b.jpg'), {}));
  });

  test.each<[what: string, request: () => [RequestInit['body'], Headers], refusal: [status: number, detail: string]]>([
    ['a text', () => ['hello', { 'content-type': 'text/plain' }], [400, 'content-type is "text/plain"']],
    ['a form without files', () => [new FormData(), {}], [400, 'the form has no file']],
    ['an empty file', () => ['', { 'content-type': 'image/png' }], [400, '"photo" is empty']],
    ['a cut form', () => ['--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }], [400, 'ends too early']],
    ['21 files', () => [form(...Array.from({ length: 21 }, (_, at) => `${at}`)), {}], [400, 'it has 21 files']],
    ['21 MiB', () => [Buffer.alloc(21 << 20), { 'content-type': 'image/png' }], [413, 'allowed are 20971520']],
    ['65 MiB', () => [Buffer.alloc(65 << 20), { 'content-type': 'image/png' }], [413, 'more than 67108864 bytes']],
    ['a bad token', () => [form('a.jpg'), { authorization: 'Bearer bad' }], [401, 'test']],
    ['a page elsewhere', () => [form('a.jpg'), { origin: 'http://evil.example' }], [403, 'http://evil.example']],
  ])('of %s is refused before anything is announced', async (_what, request, [status, detail]) => {
    published.length = 0;
    const [body, headers] = request();
    const response = await upload(body, headers);
    const problem = (await response.json()) as { detail: string; code: string };
    expect([response.status, problem.detail]).toEqual([status, expect.stringContaining(detail)]);
    expect(problem.code).toMatch(/^EVENTBUS_/);
    expect(published).toEqual([]);
  });

  test('is answered as unavailable while the log is away, with a time to try again', async () => {
    away = new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'test');
    const response = await upload(form('a.jpg'));
    away = undefined;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('thumbnails', () => {
  test('go to their owner alone', async () => {
    await objects.put('photos/alice/p1/thumbnails/160.jpg', Buffer.from('small'));
    const mine = await call('/photos/p1/thumbnails/160.jpg');
    expect([mine.status, mine.headers.get('content-type'), await mine.text()]).toEqual([200, 'image/jpeg', 'small']);
    const theirs = await call('/photos/p1/thumbnails/160.jpg', { headers: { authorization: 'Bearer bob' } });
    expect([theirs.status, await theirs.json()]).toMatchObject([404, { code: 'EVENTBUS_PHOTO_UNKNOWN' }]);
  });

  test.each(['/photos/p1/thumbnails/..%2F..%2Foriginal', '/photos/..%2Fp1/thumbnails/160.jpg', '/photos/p1/x/160.jpg'])(
    'are not found by %s',
    async (path) => {
      expect((await call(path)).status).toBe(404);
    },
  );
});

describe('the page', () => {
  test('comes without a token, and may load nothing from elsewhere but the gateway', async () => {
    const response = await call('/', { headers: { authorization: '' } });
    expect(await response.text()).toContain('<title>Photos, live</title>');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:8089 ws://127.0.0.1:8089");
    expect(policy).not.toContain('unsafe');
  });

  test('has every file that it names', async () => {
    const seen = new Set<string>();
    const open = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const response = await call(path);
      expect([path, response.status]).toEqual([path, 200]);
      const text = await response.text();
      if (path.includes('socket.io')) return;
      for (const [, next = ''] of text.matchAll(/(?:href|src|from )=?["'](?:\.?)(\/[\w.-]+)["']/g)) await open(next);
    };
    await open('/');
    expect(seen.size).toBe(10);
  });

  test('signs a demo user in, but nobody with a strange name', async () => {
    expect(await (await signIn('alice')).json()).toEqual({ user: 'alice', token: 'token-of-alice' });
    for (const user of ['', 'Alice', 'a'.repeat(32), '../x', 7, null]) expect((await signIn(user)).status).toBe(400);
  });

  test('and a target that is no path does no harm', async () => {
    const { hostname, port } = new URL(service.url);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '//' }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });

  test('and everything else tell what there is instead', async () => {
    expect((await call('/nothing')).status).toBe(404);
    expect((await call('/photos', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST');
  });
});
