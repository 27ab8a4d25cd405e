import { expect, test } from '@jest/globals';
import { apiRoutes } from '../../lib/api-routes.ts';
import { operations } from '../../src/services/orders/http/operations.ts';

test('the routes of the HTTP API are the operations that the shop describes', () => {
  const deployed = apiRoutes.map(({ method, path }) => `${method} ${path}`);
  expect(deployed.toSorted()).toEqual(
    Object.values(operations)
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
  );
});
