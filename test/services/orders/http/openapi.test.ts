import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { makeApi } from '../../../../src/services/api/router.ts';
import { openApiDocument } from '../../../../src/services/orders/http/openapi.ts';
import { operationList } from '../../../../src/services/orders/http/operations.ts';
import { makeOrdersApi } from '../../../../src/services/orders/http/orders-api.ts';
import { plainTokens } from '../../../make/shop.ts';

const document = openApiDocument() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

const api = makeOrdersApi({
  commands: {} as never,
  reads: {} as never,
  idempotency: {} as never,
  tokens: plainTokens,
  onFailure: () => {},
});

const call = (method: string, path: string) =>
  api({ method, path, query: new URLSearchParams(), headers: {}, body: undefined, actor: 'api' });

test('every operation of the document is a route, and asks for a token unless it is public', async () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      const { status } = await call(method.toUpperCase(), path.replaceAll(/[{}]/g, ''));
      expect([operationId, status]).toEqual([operationId, operationId === 'getDescription' ? 200 : 401]);
    }
  }
});

test('every route is an operation of the document: other methods and paths are refused', async () => {
  for (const path of [...Object.keys(document.paths), '/', '/api', '/order', '/orders/o/x', '/customers/c/orders/o']) {
    for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE']) {
      if (document.paths[path]?.[method.toLowerCase()] !== undefined) continue;
      expect([404, 405]).toContain((await call(method, path.replaceAll(/[{}]/g, ''))).status);
    }
  }
});

test('the document has every operation once, and describes every name in a path', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  );
  expect(described.toSorted()).toEqual(
    operationList.map(([id, { method, path }]) => `${id} ${method.toLowerCase()} ${path}`).toSorted(),
  );
});

test('every schema of the document compiles, and every reference in it leads somewhere', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'https://shop.test/openapi' });
  for (const name of Object.keys(document.components.schemas)) {
    expect(() => ajv.compile({ $ref: `https://shop.test/openapi#/components/schemas/${name}` })).not.toThrow();
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  expect(references.length).toBeGreaterThan(20);
});

test('an API without a list of its routes has none', async () => {
  const bare = makeApi({ routes: [], listed: false, onFailure: () => {} });
  const listed = makeApi({ routes: [], onFailure: () => {} });
  const list = { method: 'GET', path: '/api', query: new URLSearchParams(), headers: {}, body: undefined, actor: 'a' };
  expect((await bare(list)).status).toBe(404);
  expect((await listed(list)).status).toBe(200);
});
