import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { localTrust, openLocalIssuer } from '../../../src/local/auth/local-issuer.ts';
import { bearerToken, requireRole } from '../../../src/services/auth/bearer.ts';
import { makeTokenVerifier } from '../../../src/services/auth/token-verifier.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-bus-auth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const directory = join(folder, 'auth');
const issuer = await openLocalIssuer(directory);
const verifier = makeTokenVerifier(issuer.trust);
const hourMs = 3_600_000;

test('a token of the local issuer names its user, roles and end', async () => {
  const caller = await verifier.verify(await issuer.issue({ user: 'ada', roles: ['admin'], lifetimeMs: hourMs }));
  expect(caller).toEqual({ subject: 'ada', roles: ['admin'], expiresAtMs: expect.any(Number) });
  expect(caller.expiresAtMs).toBeGreaterThan(Date.now() + hourMs - 60_000);
});

test('the key stays the same when the issuer is opened again, also by two at once', async () => {
  const fresh = join(folder, 'fresh');
  const [one, two] = await Promise.all([openLocalIssuer(fresh), openLocalIssuer(fresh)]);
  const trusting = makeTokenVerifier(localTrust(fresh));
  for (const opened of [one, two, await openLocalIssuer(fresh)]) {
    const token = await opened.issue({ user: 'ada', roles: [], lifetimeMs: hourMs });
    expect(await trusting.verify(token)).toMatchObject({ subject: 'ada', roles: [] });
  }
});

test('a token is good until its end and the tolerance of clocks, and expired after it', async () => {
  const token = await issuer.issue({ user: 'ada', roles: [], lifetimeMs: 60_000 });
  const { expiresAtMs } = await verifier.verify(token);
  const at = (ms: number) => makeTokenVerifier({ ...issuer.trust, now: () => ms }).verify(token);
  expect(await at(expiresAtMs + 4_000)).toMatchObject({ subject: 'ada' });
  await expect(at(expiresAtMs + 6_000)).rejects.toMatchObject({ code: 'EVENTBUS_AUTH_TOKEN_EXPIRED' });
});

test.each([
  ['no token', () => undefined, 'EVENTBUS_AUTH_TOKEN_MISSING'],
  ['no JWT', () => 'abc', 'EVENTBUS_AUTH_TOKEN_INVALID'],
  ['a huge text', () => 'a'.repeat(10_000), 'EVENTBUS_AUTH_TOKEN_INVALID'],
  [
    'no signature',
    () =>
      new UnsecuredJWT({})
        .setSubject('ada')
        .setIssuer(issuer.trust.issuer)
        .setAudience(issuer.trust.audience)
        .setExpirationTime('1h')
        .encode(),
    'EVENTBUS_AUTH_TOKEN_INVALID',
  ],
  [
    'a shared secret',
    () =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('ada')
        .setIssuer(issuer.trust.issuer)
        .setAudience(issuer.trust.audience)
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode('a secret that is long enough for HS256')),
    'EVENTBUS_AUTH_TOKEN_INVALID',
  ],
  [
    'another issuer’s key',
    async () => (await openLocalIssuer(join(folder, 'other'))).issue({ user: 'ada', roles: [], lifetimeMs: hourMs }),
    'EVENTBUS_AUTH_TOKEN_INVALID',
  ],
])('%s is refused', async (_, make, code) => {
  await expect(verifier.verify(await make())).rejects.toMatchObject({ code });
});

test('keys may stand in the address itself, for a network without a way out', async () => {
  const token = await issuer.issue({ user: 'ada', roles: [], lifetimeMs: hourMs });
  const jwks = new URL(`data:application/json,${readFileSync(issuer.trust.jwks, 'utf8')}`);
  expect(await makeTokenVerifier({ ...issuer.trust, jwks }).verify(token)).toMatchObject({ subject: 'ada' });
  const none = makeTokenVerifier({ ...issuer.trust, jwks: new URL('data:application/json,{') });
  await expect(none.verify(token)).rejects.toMatchObject({ code: 'EVENTBUS_AUTH_KEYS_UNAVAILABLE' });
});

test('a token for another audience is refused, and the claim is named', async () => {
  const token = await issuer.issue({ user: 'ada', roles: [], lifetimeMs: hourMs });
  const elsewhere = makeTokenVerifier({ ...issuer.trust, audience: 'billing' });
  await expect(elsewhere.verify(token)).rejects.toThrow(/"aud"/);
});

test('a key set that cannot be read is not the caller’s fault', async () => {
  const token = await issuer.issue({ user: 'ada', roles: [], lifetimeMs: hourMs });
  const jwks = pathToFileURL(join(folder, 'nowhere.json'));
  await expect(makeTokenVerifier({ ...issuer.trust, jwks }).verify(token)).rejects.toMatchObject({
    code: 'EVENTBUS_AUTH_KEYS_UNAVAILABLE',
    failure: 'dependency',
  });
});

test('a bearer header gives its token, any other none', () => {
  expect(bearerToken('Bearer abc')).toBe('abc');
  for (const header of [undefined, '', 'Basic abc', 'Bearer ', 'Bearer a b']) {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: 'EVENTBUS_AUTH_TOKEN_MISSING' }));
  }
});

test('a caller needs one of the roles', () => {
  const caller = { subject: 'ada', roles: ['operator'], expiresAtMs: 0 };
  expect(() => requireRole(caller, 'admin', 'operator')).not.toThrow();
  expect(() => requireRole(caller, 'admin')).toThrow(/needed is admin, the caller has operator/);
});
