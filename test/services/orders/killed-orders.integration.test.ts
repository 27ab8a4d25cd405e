import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readTopic } from '../../../src/kafka/reader.ts';
import { readEndpoints } from '../../../src/local/platform/endpoints.ts';
import { type Bus, freshEngines, killLeftovers, portsOf, startBus, temporaryFolder } from '../../e2e/bus.ts';
import { sql } from '../../e2e/observing.ts';
import { openShop, placeOrders } from './order-load.ts';

jest.setTimeout(900_000);

const orders = 1_000;
/** Sagas that have ended when the bus is killed, each time in the middle of the others. */
const kills = [60, 300, 650];

const folder = temporaryFolder();
let bus: Bus;

async function endedSagas(): Promise<number> {
  const [row] = await sql<{ ended: number }>(
    bus,
    'select count(*)::int as ended from saga_instance where ended_at is not null',
  );
  return row?.ended ?? 0;
}

async function until(wanted: () => Promise<boolean>, patienceMs: number): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(100)) if (await wanted()) return;
  throw new Error(`not so within ${patienceMs} ms`);
}

beforeAll(async () => {
  const engines = await freshEngines();
  bus = await startBus({ dataDir: folder.path, engines });
  const shop = openShop(bus.endpoints);
  for (const [index, productId] of ['p1', 'p2', 'p3', 'p4', 'p5'].entries()) {
    const delta = index === 4 ? 100 : 5_000;
    await shop.commands.changeStock({
      commandId: `begin-${productId}`,
      at: Date.now(),
      productId,
      delta,
      reason: 'RECEIVED',
    });
  }
  await shop.close();
  const ports = portsOf(bus.endpoints);
  const load = placeOrders(orders, () => readEndpoints(folder.path));
  for (const ended of kills) {
    await until(async () => (await endedSagas()) >= ended, 300_000);
    await bus.kill();
    bus = await startBus({ dataDir: folder.path, engines, ports });
  }
  await load.done;
  await until(async () => (await endedSagas()) === orders, 300_000);
  await until(async () => (await sql(bus, 'select 1 from outbox')).length === 0, 60_000);
});

afterAll(async () => {
  await bus?.stop();
  await killLeftovers();
  folder.remove();
});

describe(`${orders} live orders while the bus is killed ${kills.length} times`, () => {
  test('every saga ends, and every order is completed or cancelled', async () => {
    const steps = await sql(
      bus,
      `select i.step, s.state->>'status' as status, count(*)::int as orders
       from saga_instance i join event_stream s on s.stream_id = 'order-' || i.order_id group by 1, 2 order by 1`,
    );
    expect(steps.map(({ step, status }) => [step, status].join(' '))).toEqual([
      'cancelled CANCELLED',
      'completed COMPLETED',
    ]);
    expect(steps.reduce((sum, row) => sum + Number(row['orders']), 0)).toBe(orders);
    // Both ends are common, or the run says little.
    for (const row of steps) expect(row['orders']).toBeGreaterThan(100);
  });

  test('each completed order was charged once, and nobody else has paid', async () => {
    const wrong = await sql(
      bus,
      `with books as (
         select order_id, count(*) filter (where status = 'captured') as charges,
           sum(amount_minor) filter (where status = 'captured') as charged, sum(refunded_minor) as refunded
         from simulated_payment group by order_id)
       select s.stream_id, b.* from event_stream s left join books b on b.order_id = s.state->>'orderId'
       where s.kind = 'order' and (b.charges > 1 or coalesce(b.charged, 0) - coalesce(b.refunded, 0) <>
         case when s.state->>'status' = 'COMPLETED' then (s.state->>'totalMinor')::bigint else 0 end)`,
    );
    expect(wrong).toEqual([]);
  });

  test('stock was never below zero, nothing stays reserved, and what is gone was sold', async () => {
    const wrong = await sql(
      bus,
      `with sold as (
         select line->>'productId' as product, sum((line->>'quantity')::int) as pieces
         from event_stream, jsonb_array_elements(state->'lines') as line
         where kind = 'order' and state->>'status' = 'COMPLETED' group by 1),
       received as (
         select stream_id, sum((data->>'delta')::int) as pieces from stored_event where type = 'stock-changed' group by 1)
       select s.stream_id, s.state from event_stream s join received r using (stream_id)
       left join sold on 'inventory-' || sold.product = s.stream_id
       where (s.state->>'reserved')::int <> 0 or (s.state->>'onHand')::int < 0
          or (s.state->>'onHand')::int <> r.pieces - coalesce(sold.pieces, 0)`,
    );
    expect(wrong).toEqual([]);
  });

  test('the topics hold each stored event, those of an aggregate in its order', async () => {
    const stored = await sql<{ event_id: string; stream_id: string; version: number }>(
      bus,
      'select event_id, stream_id, version::int from stored_event order by position',
    );
    const known = new Map(stored.map((row) => [row.event_id, row]));
    const seen = new Map<string, number>();
    const found = new Set<string>();
    const wrong: string[] = [];
    for (const topic of ['order-events', 'inventory-events', 'payment-events', 'customer-events']) {
      for await (const batch of readTopic({ connection: { bootstrapServers: bus.endpoints.kafka }, topic })) {
        for (const { headers } of batch) {
          const id = headers.find(([name]) => name === 'ce_id')?.[1]?.toString() ?? '';
          const event = known.get(id);
          if (event === undefined) wrong.push(`${topic}: ${id} was never stored`);
          // A copy after a crash carries the same id; consumers pass it over.
          if (event === undefined || found.has(id)) continue;
          found.add(id);
          const { stream_id: stream, version } = event;
          if (version !== (seen.get(stream) ?? 0) + 1) wrong.push(`${stream}: ${version} after ${seen.get(stream)}`);
          seen.set(stream, version);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(found.size).toBe(stored.length);
  });
});
