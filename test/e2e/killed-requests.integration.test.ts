import { afterAll, expect, jest, test } from '@jest/globals';
import { freshEngines, killLeftovers, portsOf, startBus, temporaryFolder } from './bus.ts';
import { audit, sql } from './observing.ts';
import { type Answer, orderOf, type ShopClient, shopClient } from './shop-client.ts';

jest.setTimeout(600_000);

// kill -9 while customers order: who repeats a request gets one order, whatever became of the first time.

const folder = temporaryFolder();
afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

const requests = 300;
const sideBySide = 20;
const allCompleted = ({ counts }: Answer['body']) => (counts as { COMPLETED?: number }).COMPLETED === requests;
const keys = Array.from({ length: requests }, (_, index) => `order-${index}`);

/** Posts an order under each key, some side by side; tells answers as they come, and nothing of requests that broke off. */
async function orderAll(ada: ShopClient, told: (key: string, answer: Answer) => void): Promise<void> {
  const waiting = [...keys];
  const one = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      const answer = await ada.post('/orders', orderOf('mug', 1), key).catch(() => null);
      if (answer !== null) told(key, answer);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, one));
}

test('requests that a kill cut off are repeated with the same keys, and each becomes one order', async () => {
  const engines = await freshEngines();
  const flags = ['--lake-seconds', '1'];
  const first = await startBus({ dataDir: folder.path, engines, flags });
  const root = await shopClient(first, 'root', 'admin');
  await root.post('/products/mug/stock', { delta: 1_000, reason: 'RECEIVED' });
  const before = new Map<string, string>();
  let killed: Promise<void> | undefined;
  await orderAll(await shopClient(first, 'ada'), (key, { status, body }) => {
    if (status === 201) before.set(key, JSON.stringify(body));
    if (before.size === requests / 3) killed ??= first.kill();
  });
  await killed;
  expect(before.size).toBeGreaterThanOrEqual(requests / 3);
  expect(before.size).toBeLessThan(requests);

  const bus = await startBus({ dataDir: folder.path, engines, flags, ports: portsOf(first.endpoints) });
  const ada = await shopClient(bus, 'ada');
  const after = new Map<string, string>();
  await orderAll(ada, (key, { status, body }) => {
    expect(status).toBe(201);
    after.set(key, JSON.stringify(body));
  });
  expect(after.size).toBe(requests);
  for (const [key, answer] of before) expect(after.get(key)).toBe(answer);
  expect(new Set(after.values()).size).toBe(requests);

  const olga = await shopClient(bus, 'olga', 'operator');
  // Hundreds of orders for one product, one after the other.
  await olga.until('/order-counts', allCompleted, 300_000);
  expect((await olga.get('/order-counts')).body).toEqual({ counts: { COMPLETED: requests }, orders: requests });
  await olga.until('/products/mug/stock', ({ onHand, reserved }) => onHand === 1_000 - requests && reserved === 0);
  // Payments lie in a topic of their own, and may be shown behind the orders.
  const { report } = await audit(bus);
  expect(
    await sql(bus, 'select count(*)::int as payments, sum(amount_minor)::int as paid from payment_current'),
  ).toEqual([{ payments: requests, paid: requests * 1250 }]);
  expect(report).toMatchObject({ missing: 0, duplicated: 0 });
});
