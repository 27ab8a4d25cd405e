import { expect, test } from '@jest/globals';
import { newOrder } from '../../../make/shop.ts';
import type { OrdersApiRig } from './orders-api-rig.ts';

/** Whom the shop's API sends away, and what it says then. */
export function refusalCases(rig: OrdersApiRig): void {
  test('customers see and change what is theirs, operators see everything, administrators do everything', async () => {
    const orderId = await rig.place();
    await rig.shop.project();
    const path = `/orders/${orderId}`;
    const status = async (as: string, sent: { path?: string; key?: string; body?: unknown } = {}) =>
      (await rig.shop.send({ path, as, ...sent })).status;
    expect(await status('ada')).toBe(200);
    expect(await status('bob')).toBe(403);
    expect(await status('olga+operator')).toBe(200);
    expect(await status('bob', { path: `${path}/history` })).toBe(403);
    expect(await status('bob', { path: '/customers/ada/orders' })).toBe(403);
    expect(await status('bob', { path: `${path}/cancel`, key: 'x' })).toBe(403);
    expect(await status('olga+operator', { path: `${path}/cancel`, key: 'x' })).toBe(403);
    expect(await status('olga+operator', { path: '/products/mug/stock', key: 'x', body: { onHand: 1 } })).toBe(403);
    expect(await status('ada', { path: '/order-counts' })).toBe(403);
    expect(await status('bob', { path: '/orders', key: 'x2', body: newOrder({ customerId: 'ada' }) })).toBe(403);
    expect(await status('root+admin', { path: '/orders', key: 'x3', body: newOrder({ customerId: 'ada' }) })).toBe(201);
    const segment = { segment: 'gold' };
    expect(await status('ada', { path: '/customers', key: 'x4', body: segment })).toBe(403);
    expect(await status('root+admin', { path: `${path}/cancel`, key: 'x5' })).toBe(200);
  });

  test('who shows no token or a bad one is told so, with the challenge of RFC 6750', async () => {
    const none = await rig.shop.send({ path: '/orders/o-1' });
    expect(none).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="event-bus"' } });
    const forged = await rig.shop.send({ path: '/orders/o-1', as: 'forged' });
    expect(forged.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="event-bus", error="invalid_token"' });
    const poor = await rig.shop.send({ path: '/order-counts', as: 'ada' });
    expect(poor.headers).toMatchObject({
      'www-authenticate': 'Bearer realm="event-bus", error="insufficient_scope"',
    });
  });

  test('whatever does not fit is named: every field at once, with its place', async () => {
    const body = { ...newOrder({ currency: 'euro' }), lines: [{ productId: 'mug', quantity: 0, colour: 'red' }] };
    const answer = await rig.shop.send({ path: '/orders', as: 'ada', key: 'k', body });
    expect(answer.status).toBe(400);
    const errors = answer.body['errors'] as readonly { name: string }[];
    expect(errors.map(({ name }) => name).toSorted()).toEqual([
      'currency',
      'lines[0].colour',
      'lines[0].quantity',
      'lines[0].unitPriceMinor',
    ]);
    const query = await rig.shop.send({ path: '/customers/ada/orders?limit=0&page=2', as: 'ada' });
    expect(query.body['errors']).toMatchObject([
      { in: 'query', name: 'page' },
      { in: 'query', name: 'limit' },
    ]);
    expect((await rig.shop.send({ path: '/customers/ada/orders?cursor=x', as: 'ada' })).status).toBe(400);
    expect((await rig.shop.send({ path: '/orders/o-1?at=yesterday', as: 'ada' })).status).toBe(400);
    expect((await rig.shop.send({ path: '/orders/a%20b', as: 'ada' })).status).toBe(400);
    expect((await rig.shop.send({ method: 'POST', path: '/orders', as: 'ada', key: 'k' })).status).toBe(400);
    expect(await rig.rows('select from idempotency_key')).toHaveLength(0);
  });

  test('a read that waits for a version says when it did not come', async () => {
    const orderId = await rig.place();
    const early = await rig.shop.send({ path: `/orders/${orderId}?min-version=1`, as: 'ada' });
    expect(early).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'EVENTBUS_API_NOT_YET' },
    });
    expect((await rig.shop.send({ path: `/orders/${orderId}`, as: 'ada' })).status).toBe(404);
    await rig.shop.project();
    expect((await rig.shop.send({ path: `/orders/${orderId}?min-version=1`, as: 'ada' })).status).toBe(200);
  });
}
