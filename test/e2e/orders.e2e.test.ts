import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit, eventsOf, sql } from './observing.ts';
import { clientWith, orderOf, type ShopClient, shopClient } from './shop-client.ts';

jest.setTimeout(120_000);

// The shop from outside: HTTP with tokens in; topics, tables and verbs to see what came of it.

const folder = temporaryFolder();
let bus: Bus;
let ada: ShopClient;
let root: ShopClient;

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '1'] });
  [ada, root] = await Promise.all([shopClient(bus, 'ada'), shopClient(bus, 'root', 'admin')]);
});

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

const stock = async (productId: string) => (await ada.get(`/products/${productId}/stock`)).body;

async function receive(productId: string, delta: number): Promise<void> {
  const { body } = await root.post(`/products/${productId}/stock`, { delta, reason: 'RECEIVED' });
  await ada.until(`/products/${productId}/stock?min-version=${String(body['version'])}`, () => true);
}

/** Places an order; its path. */
async function place(...order: Parameters<typeof orderOf>): Promise<string> {
  const { status, headers } = await ada.post('/orders', orderOf(...order));
  expect(status).toBe(201);
  return headers.get('location') ?? '';
}

/** The order once it has ended, and its payment too: they lie in topics of their own, so that either may be shown first. */
const ended = (path: string, status: string, payment?: string) =>
  ada.until(path, (order) => {
    const payments = order['payments'] as readonly { readonly status: string }[];
    return order['status'] === status && (payment === undefined || payments.some((one) => one.status === payment));
  });

describe('the shop', () => {
  test('completes a paid order, shows it as it was at any time, and who did what', async () => {
    await receive('mug', 10);
    const path = await place('mug', 2);
    const order = await ended(path, 'COMPLETED', 'CAPTURED');
    expect(order).toMatchObject({
      customerId: 'ada',
      totalMinor: 2500,
      version: 4,
      payments: [{ status: 'CAPTURED', amountMinor: 2500 }],
    });
    const then = await ada.get(`${path}?at=${String(order['purchasedAt'])}`);
    expect(then.body).toMatchObject({ status: 'CREATED', version: 1, payments: [] });
    await ada.until('/products/mug/stock', ({ onHand, reserved }) => onHand === 8 && reserved === 0);
    const { events } = await ada.until(`${path}/history`, (found) => (found['events'] as unknown[]).length === 7);
    expect((events as readonly { type: string; actor: string }[]).map(({ type, actor }) => `${type} ${actor}`)).toEqual(
      [
        'order.created ada',
        'inventory.reserved order-saga',
        'order.updated order-saga',
        'payment.processed order-saga',
        'order.updated order-saga',
        'inventory.updated order-saga',
        'order.completed order-saga',
      ],
    );
  });

  test('gives stock back when the payment is declined, there is too little of it, or the customer cancels', async () => {
    await receive('cup', 3);
    const declined = await place('cup', 1, 'tok_declined');
    const tooMany = await place('cup', 4);
    const open = await place('cup', 2, 'tok_pending');
    await ada.until(`${open}/saga`, ({ step }) => step === 'paying');
    expect((await ada.post(`${open}/cancel`, { reason: 'changed-mind' })).status).toBe(200);
    expect(await ended(declined, 'CANCELLED', 'FAILED')).toMatchObject({ payments: [{ status: 'FAILED' }] });
    expect(await ended(tooMany, 'CANCELLED')).toMatchObject({ payments: [] });
    expect(await ended(open, 'CANCELLED')).toMatchObject({ cancellationReason: 'changed-mind' });
    for (const path of [declined, tooMany, open]) {
      await ada.until(`${path}/saga`, ({ step }) => step === 'cancelled');
    }
    await ada.until('/products/cup/stock', ({ free }) => free === 3);
    expect(await stock('cup')).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('places one order of a request that comes many times, and refuses another one under its key', async () => {
    await receive('pen', 9);
    const many = Array.from({ length: 6 }, () => ada.post('/orders', orderOf('pen', 1), 'one-order'));
    const answers = await Promise.all(many);
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    await ended(answers[0]?.headers.get('location') ?? '', 'COMPLETED');
    expect((await ada.post('/orders', orderOf('pen', 2), 'one-order')).status).toBe(422);
    const created = (await eventsOf(bus, 'order-events')).filter(
      ({ type, data }) => type === 'order.created' && JSON.stringify(data).includes('"pen"'),
    );
    expect(created).toHaveLength(1);
  });

  test('lets nobody in without a token, nor to what is not theirs', async () => {
    const nobody = await clientWith(bus.endpoints.orders ?? '').get('/customers/ada/orders');
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="event-bus"');
    expect((await clientWith(bus.endpoints.orders ?? '', 'a.b.c').get('/customers/ada/orders')).status).toBe(401);
    expect((await ada.get('/customers/bob/orders')).status).toBe(403);
    expect((await ada.post('/products/mug/stock', { onHand: 1 })).status).toBe(403);
    expect((await root.get('/customers/ada/orders')).body['items']).toHaveLength(5);
  });

  test('ends with every saga ended, money where it belongs, and every record with one fate', async () => {
    // Sagas and payments may be a moment behind the orders that were waited for.
    const { report, exitCode } = await audit(bus);
    const { output } = await runVerb(['sagas', 'list', '--json', '--data-dir', folder.path]);
    expect(JSON.parse(output)).toEqual({ sagas: [], counts: { cancelled: 3, completed: 2 } });
    const paid = await sql<{ status: string; paid: number }>(
      bus,
      `select o.status, sum(p.amount_minor - p.refunded_minor)::int as paid from order_current o
       join payment_current p using (order_id) where p.status in ('CAPTURED', 'REFUNDED') group by 1`,
    );
    expect(paid).toEqual([{ status: 'COMPLETED', paid: 3750 }]);
    expect(report).toMatchObject({ missing: 0, duplicated: 0 });
    expect(exitCode).toBe(0);
  });
});
