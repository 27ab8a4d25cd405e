import { expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hasEnded } from '../../../src/core/orders/saga.ts';
import { seededRandom } from '../../../src/core/simulation/random.ts';
import { type History, playHistory } from '../../make/order-histories.ts';
import type { OrderWorld } from '../../make/order-world.ts';

jest.setTimeout(300_000);

const whole = process.env['EVENT_BUS_TEST_WHOLE'] === '1';

const product = fc.constantFrom('p1', 'p2', 'p3', 'unknown');
const instruments = 'visa visa visa declined try_again busy timeout silent pending'.split(' ');
const instrument = fc.constantFrom(...instruments.map((name) => `tok_${name}`));
const line = fc.record({ productId: product, quantity: fc.integer({ min: 1, max: 4 }) });
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      instrument,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), order: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stock' as const),
      productId: product,
      delta: fc.integer({ min: -3, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      order: fc.nat(5),
      outcome: fc.constantFrom('captured' as const, 'declined' as const),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 31, 90, 700_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('provider' as const), away: fc.boolean() }) },
);
const history: fc.Arbitrary<History> = fc.record({
  seed: fc.integer(),
  crashes: fc.constantFrom(0, 0.01, 0.03, 0.1),
  happenings: fc.array(happening, { minLength: 3, maxLength: 24 }),
});

function bookProblems({ gateway, memory }: OrderWorld): readonly string[] {
  const problems: string[] = [];
  const captured = new Map<string, number>();
  for (const { key, orderId, captures, refunds, status } of gateway.books.values()) {
    captured.set(orderId, (captured.get(orderId) ?? 0) + captures);
    if (captures > 1 || refunds > captures || (status !== 'captured' && captures > 0)) problems.push(`book ${key}`);
  }
  for (const [orderId, times] of captured) if (times > 1) problems.push(`${orderId} was charged ${times} times`);
  const counts = new Map<string, number>();
  for (const { streamId, type } of memory.rows)
    counts.set(`${streamId} ${type}`, (counts.get(`${streamId} ${type}`) ?? 0) + 1);
  for (const [what, times] of counts) {
    if (times > 1 && /payment-(captured|refunded)|order-/.test(what)) problems.push(`${what} ${times} times`);
  }
  return problems;
}

/** Stock after each single event, not only at the end. */
function stockProblems({ memory }: OrderWorld): readonly string[] {
  return memory.outbox.flatMap(({ topic, value }) => {
    if (topic !== 'inventory-events') return [];
    const { productId, onHand, reserved } = value as { productId: string; onHand: number; reserved: number };
    return onHand < 0 || reserved < 0 || reserved > onHand
      ? [`${productId}: ${onHand} at hand, ${reserved} reserved`]
      : [];
  });
}

async function outcomeProblems(world: OrderWorld): Promise<readonly string[]> {
  const problems: string[] = [];
  const sold = new Map<string, number>();
  for (const { saga } of world.sagas.sagas.values())
    if (!hasEnded(saga)) problems.push(`saga ${saga.orderId} is ${saga.step}`);
  for (const { streamId } of world.memory.rows.filter(({ type }) => type === 'order-placed')) {
    const order = (await world.commands.order(streamId.slice('order-'.length)))?.state;
    if (order === undefined) continue;
    const { orderId, status } = order;
    const charges = [...world.gateway.books.values()].filter((book) => book.orderId === orderId);
    const kept = charges.reduce((sum, { captures, refunds }) => sum + captures - refunds, 0);
    const payment = (await world.commands.payment(orderId))?.state.status;
    if (status !== 'COMPLETED' && status !== 'CANCELLED') problems.push(`order ${orderId} is ${status}`);
    if (kept !== (status === 'COMPLETED' ? 1 : 0))
      problems.push(`order ${orderId} is ${status} and paid ${kept} times`);
    if ((payment === 'CAPTURED') !== (status === 'COMPLETED')) problems.push(`order ${orderId}: payment ${payment}`);
    if (!world.sagas.sagas.has(orderId)) problems.push(`order ${orderId} has no saga`);
    if (status !== 'COMPLETED') continue;
    for (const { productId, quantity } of order.lines) sold.set(productId, (sold.get(productId) ?? 0) + quantity);
  }
  for (const productId of ['p1', 'p2', 'p3']) {
    const stock = (await world.commands.stock(productId))?.state;
    const changes = world.memory.rows.filter(
      ({ streamId, type }) => streamId === `inventory-${productId}` && type === 'stock-changed',
    );
    const received = changes.reduce((sum, { data }) => sum + Number(data['delta']), 0);
    const left = received - (sold.get(productId) ?? 0);
    if (stock?.onHand !== left || stock.reserved !== 0)
      problems.push(`${productId}: ${JSON.stringify(stock)}, expected ${left}`);
  }
  return problems;
}

test('whatever is repeated, reordered, lost in a crash or late, money, goods and orders agree and every saga ends', async () => {
  let completed = 0;
  let undone = 0;
  await fc.assert(
    fc.asyncProperty(history, async (one) => {
      const world = await playHistory(one, seededRandom(one.seed));
      const problems = [...bookProblems(world), ...stockProblems(world), ...(await outcomeProblems(world))];
      for (const { saga } of world.sagas.sagas.values()) {
        completed += saga.step === 'completed' ? 1 : 0;
        undone += saga.step === 'cancelled' ? 1 : 0;
      }
      expect(problems).toEqual([]);
    }),
    { numRuns: whole ? 20_000 : 2_000 },
  );
  // Both ends are reached often, or the histories say little.
  expect(Math.min(completed, undone)).toBeGreaterThan(500);
});
