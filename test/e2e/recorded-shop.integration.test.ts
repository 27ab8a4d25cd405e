import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { OrderReplaySummary } from '../../src/cli/replay-file/olist/replay-orders.ts';
import { recordedFolder, recordedHere, recordedNote } from '../make/recorded-data.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit, sql } from './observing.ts';
import { shopClient } from './shop-client.ts';

jest.setTimeout(600_000);

// The whole recorded shop, 8,135 orders, through the log into the read models.

const file = join(recordedFolder, 'ecommerce_olist_orders.csv');
const described = recordedHere ? describe : describe.skip;
const folder = temporaryFolder();
let bus: Bus;

beforeAll(async () => {
  if (!recordedHere) return;
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '1'] });
});

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

/** How the file counts its orders. */
const counts = {
  APPROVED: 2,
  CANCELLED: 625,
  CREATED: 5,
  DELIVERED: 5172,
  INVOICED: 314,
  PROCESSING: 301,
  SHIPPED: 1107,
  UNAVAILABLE: 609,
} as const;

/** What was paid for approved orders, cents of BRL, summed from the file. */
const paidMinor = 139_342_764;

async function replayed(): Promise<OrderReplaySummary> {
  const { output, errors, exitCode } = await runVerb([
    'replay-file',
    file,
    '--profile',
    'olist',
    '--json',
    '--data-dir',
    folder.path,
  ]);
  if (exitCode !== 0) throw new Error(errors);
  return JSON.parse(output) as OrderReplaySummary;
}

const tables = ['commerce_event', 'order_current', 'payment_current'] as const;

/** The content of the read models, whatever the order of their rows. */
const content = async () =>
  Promise.all(
    tables.map((table) =>
      sql(bus, `select count(*)::int as rows, md5(string_agg(md5(t::text), '' order by md5(t::text))) from ${table} t`),
    ),
  );

described(`the recorded shop${recordedNote}`, () => {
  test('is told in 38,267 events, oddities included', async () => {
    expect(await replayed()).toMatchObject({
      rows: 25_424,
      badRows: 0,
      orders: 8_135,
      statuses: counts,
      oddities: { handedOverBeforeApproval: 77, ordersWithoutLines: 775, paymentsWithoutApproval: 161 },
      published: 38_267,
      interrupted: false,
    });
  });

  test('ends in the read model with as many orders of each status as the file has, and every record with one fate', async () => {
    const { report } = await audit(bus);
    expect(report).toMatchObject({ missing: 0, duplicated: 0 });
    const olga = await shopClient(bus, 'olga', 'operator');
    expect((await olga.get('/order-counts')).body).toEqual({ counts, orders: 8_135 });
    expect(await sql(bus, 'select count(*)::int as n, sum(amount_minor)::int as sum from payment_current')).toEqual([
      { n: 8_763, sum: paidMinor },
    ]);
  });

  test('starts no saga and takes no payment: these orders are not of the shop’s own store', async () => {
    expect(await sql(bus, 'select from saga_instance')).toEqual([]);
    expect(await sql(bus, 'select from stored_event')).toEqual([]);
    expect(await sql(bus, 'select from simulated_payment')).toEqual([]);
  });

  test('is the same after a second replay of the file, and after the read models were rebuilt from the log', async () => {
    const before = await content();
    await replayed();
    await audit(bus);
    expect(await content()).toEqual(before);
    const { exitCode } = await runVerb([
      'replay',
      '--consumer',
      'order-projector',
      '--reset',
      '--data-dir',
      folder.path,
    ]);
    expect(exitCode).toBe(0);
    expect(await content()).toEqual(before);
  });

  test('shows an order as it was between its events', async () => {
    const olga = await shopClient(bus, 'olga', 'operator');
    // Approved at 22:10:13 local time, one of the file's first orders.
    const path = '/orders/a4591c265e18cb1dcee52889e2d8acc3';
    const at = async (time: string) => (await olga.get(`${path}?at=${time}`)).body['status'];
    expect(await at('2017-07-10T01:10:12Z')).toBe('CREATED');
    expect(await at('2017-07-10T01:10:13Z')).toBe('APPROVED');
    expect(await at('2017-07-20T00:00:00Z')).toBe('SHIPPED');
    expect((await olga.get(path)).body).toMatchObject({ status: 'DELIVERED', country: 'BR', source: 'recorded-shop' });
  });
});
