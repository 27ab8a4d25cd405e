import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/core/errors/app-error.ts';
import { operationList } from '../../../../src/services/orders/http/operations.ts';
import { makeOrderCommands } from '../../../../src/services/orders/order-commands.ts';
import type { TestDatabase } from '../../../make/postgres.ts';
import { answeredOperations, emptyShop, makeShop, newOrder } from '../../../make/shop.ts';
import { refusalCases } from './orders-api-refusals.ts';
import type { OrdersApiRig } from './orders-api-rig.ts';

/** What the shop's API promises on any PostgreSQL. */
export function ordersApiCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`the shop’s API on ${engine}`, () => {
    let database: TestDatabase;
    let usual: ReturnType<typeof makeShop>;
    const rig: OrdersApiRig = {
      // Set before each test.
      shop: undefined as never,
      pool: () => database.pool,
      rows: async (sql: string) => (await database.pool.query<Record<string, unknown>>(sql)).rows,
      place: async (key = 'place', given = {}) => {
        const { body } = await rig.shop.send({ path: '/orders', as: 'ada', key, body: newOrder(given) });
        return String(body['orderId']);
      },
    };
    beforeAll(async () => {
      database = await open();
      usual = makeShop({ pool: database.pool });
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      rig.shop = usual;
      await emptyShop(database.pool);
    });

    shopCases(rig);
    keyCases(rig);
    refusalCases(rig);

    test('every operation of the description was answered well above, and held against its schemas', () => {
      expect([...answeredOperations].toSorted()).toEqual(operationList.map(([id]) => id).toSorted());
    });
  });
}

function shopCases(rig: OrdersApiRig): void {
  test('an order is placed, read, cancelled and read as it was', async () => {
    const placed = await rig.shop.send({ path: '/orders', as: 'ada', key: 'k1', body: newOrder() });
    const path = `/orders/${String(placed.body['orderId'])}`;
    expect(placed).toMatchObject({
      status: 201,
      headers: { location: path, etag: '"1"' },
      body: { status: 'CREATED', version: 1 },
    });
    await rig.shop.project();
    const read = await rig.shop.send({ path: `${path}?min-version=1`, as: 'ada' });
    expect(read).toMatchObject({
      headers: { etag: '"1"' },
      body: { customerId: 'ada', itemsMinor: 2500, freightMinor: 490, totalMinor: 2990, status: 'CREATED' },
    });
    const cancelled = await rig.shop.send({
      path: `${path}/cancel`,
      as: 'ada',
      key: 'k2',
      headers: { 'if-match': '"1"' },
    });
    expect(cancelled.body).toMatchObject({ status: 'CANCELLED', version: 2 });
    await rig.shop.project();
    expect((await rig.shop.send({ path, as: 'ada' })).body).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'customer-request',
    });
    const at = encodeURIComponent(String(read.body['changedAt']));
    expect((await rig.shop.send({ path: `${path}?at=${at}`, as: 'ada' })).body).toEqual(read.body);
    expect((await rig.shop.send({ path: `${path}?at=2020-01-01T00:00:00Z`, as: 'ada' })).status).toBe(404);
    const history = await rig.shop.send({ path: `${path}/history?min-version=2`, as: 'ada' });
    const events = history.body['events'] as readonly Record<string, unknown>[];
    expect(events.map(({ type, actor, version }) => ({ type, actor, version }))).toEqual([
      { type: 'order.created', actor: 'ada', version: 1 },
      { type: 'order.cancelled', actor: 'ada', version: 2 },
    ]);
  });

  test('the state that the API shows of a time is the one that the event store folds for it', async () => {
    const orderId = await rig.place();
    const commands = makeOrderCommands({ pool: rig.pool() });
    await commands.cancelOrder({ commandId: 'c', at: Date.now() + 60_000, orderId, reason: 'late' });
    await rig.shop.project();
    const events = await commands.eventsOf(`order-${orderId}`);
    for (const { at } of events) {
      const stored = await commands.stateAt(`order-${orderId}`, at);
      const shown = await rig.shop.send({ path: `/orders/${orderId}?at=${new Date(at).toISOString()}`, as: 'ada' });
      expect(stored).toMatchObject({ version: shown.body['version'], state: { status: shown.body['status'] } });
    }
    expect(events).toHaveLength(2);
  });

  test('stock is received, counted and read; a customer registers, changes and lists orders in pages', async () => {
    const path = '/products/mug/stock';
    await rig.shop.send({ path, as: 'root+admin', key: 's1', body: { delta: 12, reason: 'RECEIVED' } });
    await rig.shop.send({ path, as: 'root+admin', key: 's2', body: { onHand: 11 } });
    await rig.shop.send({ path: '/customers', as: 'ada', key: 'c1', body: { country: 'NO' } });
    const patch = { country: null, marketingConsent: true };
    await rig.shop.send({ method: 'PATCH', path: '/customers/ada', as: 'ada', key: 'c2', body: patch });
    for (const key of ['a', 'b', 'c']) await rig.place(key);
    await rig.shop.project();
    expect((await rig.shop.send({ path: `${path}?min-version=2`, as: 'ada' })).body).toMatchObject({
      onHand: 11,
      free: 11,
    });
    expect((await rig.shop.send({ path: '/customers/ada?min-version=2', as: 'ada' })).body).toMatchObject({
      country: null,
      marketingConsent: true,
      orders: 3,
      version: 2,
    });
    const first = await rig.shop.send({ path: '/customers/ada/orders?limit=2', as: 'ada' });
    const next = String(first.body['next']);
    const second = await rig.shop.send({ path: `/customers/ada/orders?limit=2&cursor=${next}`, as: 'ada' });
    const ids = [first, second].flatMap(({ body }) => body['items'] as readonly { orderId: string }[]);
    expect(new Set(ids.map(({ orderId }) => orderId)).size).toBe(3);
    expect(second.body['next']).toBeNull();
    expect((await rig.shop.send({ path: '/order-counts', as: 'olga+operator' })).body).toEqual({
      counts: { CREATED: 3 },
      orders: 3,
    });
  });

  test('administrators ship, deliver and settle; the saga of an order is shown to its customer', async () => {
    const orderId = await rig.place('p', { payment: { method: 'BOLETO', instrument: 'tok_pending' } });
    const path = `/orders/${orderId}`;
    const early = await rig.shop.send({ path: `${path}/ship`, as: 'root+admin', key: 'e' });
    expect(early).toMatchObject({ status: 409, body: { code: 'EVENTBUS_ORDER_STATE' } });
    const unasked = await rig.shop.send({
      path: `${path}/payment/outcome`,
      as: 'root+admin',
      key: 'pay',
      body: { outcome: 'captured' },
    });
    expect(unasked.status).toBe(404);
    const done = orderSteps(makeOrderCommands({ pool: rig.pool() }), orderId);
    rig.shop = makeShop({ pool: rig.pool(), commands: done });
    expect((await rig.shop.send({ path: `${path}/ship`, as: 'root+admin', key: 's' })).status).toBe(200);
    expect((await rig.shop.send({ path: `${path}/deliver`, as: 'root+admin', key: 'd' })).status).toBe(200);
    const settled = { path: `${path}/payment/outcome`, as: 'root+admin', key: 'o', body: { outcome: 'captured' } };
    expect((await rig.shop.send(settled)).status).toBe(200);
    await rig.pool().query(
      `insert into saga_instance (saga_id, order_id, step, state, version, started_at, updated_at)
       values ('saga-1', $1, 'paying', '{}', 1, now(), now()) on conflict do nothing`,
      [orderId],
    );
    expect((await rig.shop.send({ path: `${path}/saga`, as: 'ada' })).body).toMatchObject({
      step: 'paying',
      stuck: false,
    });
    expect((await rig.shop.send({ path: `${path}/saga`, as: 'bob' })).status).toBe(403);
    expect((await rig.shop.send({ path: '/orders/nope/saga', as: 'ada' })).status).toBe(404);
    expect((await rig.shop.send({ path: '/openapi.json' })).status).toBe(200);
  });
}

function keyCases(rig: OrdersApiRig): void {
  test('a repeated request has one effect and the same answer, also when many come side by side', async () => {
    const sent = { path: '/orders', as: 'ada', key: '"one"', body: newOrder() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => rig.shop.send(sent)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    // Quotes are part of the header's form, the order of fields is none of the content's.
    const { payment, ...rest } = newOrder();
    const again = await rig.shop.send({ ...sent, key: 'one', body: { payment, ...rest } });
    expect(again).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' }, body: answers[0]?.body });
    expect(await rig.rows('select from stored_event')).toHaveLength(1);
  });

  test('a key is of one caller and of one request', async () => {
    await rig.place('k');
    const other = await rig.shop.send({ path: '/orders', as: 'ada', key: 'k', body: newOrder({ discountMinor: 1 }) });
    expect(other).toMatchObject({ status: 422, body: { code: 'EVENTBUS_API_IDEMPOTENCY_KEY_REUSED' } });
    const bob = await rig.shop.send({ path: '/orders', as: 'bob', key: 'k', body: newOrder() });
    expect(bob.status).toBe(201);
    const missing = await rig.shop.send({ method: 'POST', path: '/orders', as: 'ada', body: newOrder() });
    expect(missing).toMatchObject({ status: 400, body: { code: 'EVENTBUS_API_IDEMPOTENCY_KEY_MISSING' } });
    const odd = await rig.shop.send({ path: '/orders', as: 'ada', key: 'two words', body: newOrder() });
    expect(odd.body['errors']).toMatchObject([{ in: 'header', name: 'Idempotency-Key' }]);
  });

  test('a request whose program died after the command gets the answer that it would have got', async () => {
    const real = makeOrderCommands({ pool: rig.pool() });
    let crashes = 1;
    const commands: typeof real = {
      ...real,
      placeOrder: async (command) => {
        const placed = await real.placeOrder(command);
        if (crashes-- > 0) throw new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'the connection is gone');
        return placed;
      },
    };
    rig.shop = makeShop({ pool: rig.pool(), commands });
    const sent = { path: '/orders', as: 'ada', key: 'k', body: newOrder() };
    expect(await rig.shop.send(sent)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    const [stored] = (await rig.rows('select stream_id from stored_event')) as readonly { stream_id: string }[];
    const repeated = await rig.shop.send(sent);
    expect(repeated).toMatchObject({ status: 201, body: { version: 1 } });
    expect(stored?.stream_id).toBe(`order-${String(repeated.body['orderId'])}`);
    expect(await rig.rows('select from stored_event')).toHaveLength(1);
  });

  test('a key ends after a day: the same text is a new request then, and old keys are swept', async () => {
    let now = Date.parse('2026-05-01T10:00:00Z');
    rig.shop = makeShop({ pool: rig.pool(), clock: () => now });
    const first = await rig.place('k');
    await rig.place('other');
    now += 24 * 3_600_000 - 1;
    expect(await rig.place('k')).toBe(first);
    now += 1;
    expect(await rig.place('k')).not.toBe(first);
    expect(await rig.rows('select key from idempotency_key')).toEqual([{ key: 'k' }]);
  });

  test('a refusal is an answer: it stays the same', async () => {
    const orderId = await rig.place();
    const sent = { path: `/orders/${orderId}/cancel`, as: 'ada', key: 'c', headers: { 'if-match': '"7"' } };
    const refused = await rig.shop.send(sent);
    expect(refused).toMatchObject({ status: 412, body: { code: 'EVENTBUS_ORDER_VERSION' } });
    expect((await rig.shop.send(sent)).body).toEqual(refused.body);
    const unknown = await rig.shop.send({ path: '/orders/nope/cancel', as: 'ada', key: 'c2' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'EVENTBUS_ORDER_UNKNOWN' } });
  });
}

/** Commands with the steps after an order's completion, which take a saga elsewhere. */
function orderSteps(commands: ReturnType<typeof makeOrderCommands>, orderId: string): typeof commands {
  const carried = async (status: 'SHIPPED' | 'DELIVERED') => {
    const order = await commands.order(orderId);
    if (order === null) throw new Error('the order is gone');
    return { ...order, state: { ...order.state, status }, repeated: false };
  };
  return {
    ...commands,
    markShipped: () => carried('SHIPPED'),
    markDelivered: () => carried('DELIVERED'),
    settlePayment: async () => ({ stream: '', version: 1, state: {} as never, repeated: false }),
  };
}
