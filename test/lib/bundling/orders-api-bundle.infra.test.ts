import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environment } from '../../../src/catalogue/environment.ts';
import { openLocalIssuer } from '../../../src/local/auth/local-issuer.ts';
import { BundledTestFunction } from '../../make/bundled-functions.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

// A bundle leaves the schema check of the Kafka client out; requests of the shop are checked all the same.

const keys = temporaryDirectory();
let bundled: BundledTestFunction;
beforeAll(() => {
  bundled = new BundledTestFunction('orders-api');
});
afterAll(() => {
  bundled.remove();
  keys.remove();
});

test('the bundled API believes its issuer, and names what is wrong with a request', async () => {
  const issuer = await openLocalIssuer(keys.path);
  const { trust } = issuer;
  const token = await issuer.issue({ user: 'ada', roles: [], lifetimeMs: 60_000 });
  const { answer, output, error } = await bundled.call(
    {
      version: '2.0',
      rawPath: '/orders',
      rawQueryString: '',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      requestContext: { stage: '$default', http: { method: 'POST' } },
      body: '{"currency":"euro"}',
    },
    {
      [environment.tokenIssuer]: trust.issuer,
      [environment.tokenAudience]: trust.audience,
      [environment.tokenKeys]: trust.jwks.href,
      [environment.databaseUrl]: 'postgres://nobody@127.0.0.1:1/none',
      [environment.kafka]: '127.0.0.1:1',
    },
  );
  expect({ error, output }).toEqual({ error: undefined, output: '' });
  const { statusCode, body } = answer as { readonly statusCode: number; readonly body: string };
  expect(statusCode).toBe(400);
  const { errors } = JSON.parse(body) as { readonly errors: readonly { readonly name: string }[] };
  expect(errors.map(({ name }) => name).toSorted()).toEqual(['currency', 'lines', 'payment']);
});
