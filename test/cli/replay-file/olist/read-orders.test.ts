import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readShop, shopFiles } from '../../../../src/cli/replay-file/olist/read-orders.ts';
import { temporaryDirectory } from '../../../make/temporary-directory.ts';

const heads = {
  orders:
    'order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date',
  order_items: 'order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value',
  order_payments: 'order_id,payment_sequential,payment_type,payment_installments,payment_value',
} as const;

let folder: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(() => folder.remove());

function shop(rows: Partial<Record<keyof typeof heads, readonly string[]>>) {
  for (const [name, head] of Object.entries(heads)) {
    const lines = [head, ...(rows[name as keyof typeof heads] ?? [])];
    writeFileSync(join(folder.path, `olist_${name}_dataset.csv`), `${lines.join('\n')}\n`);
  }
  return readShop(shopFiles(join(folder.path, 'olist_orders_dataset.csv')));
}

test('orders have their lines and payments, amounts in cents, times of São Paulo with its summer time', async () => {
  const { orders, badRows } = await shop({
    orders: ['o1,c1,canceled,2018-01-10 12:00:00,2018-07-10 12:00:00,,,2018-08-01 00:00:00'],
    order_items: ['o1,2,p2,s1,2018-01-12 00:00:00,0.1,8', 'o1,1,p1,s1,2018-01-12 00:00:00,58.90,13.29'],
    order_payments: ['o1,1,boleto,0,80.29'],
  });
  expect(badRows).toEqual([]);
  expect(orders).toMatchObject([
    {
      status: 'CANCELLED',
      purchasedAt: Date.parse('2018-01-10T12:00:00-02:00'),
      approvedAt: Date.parse('2018-07-10T12:00:00-03:00'),
      handedToCarrierAt: null,
      lines: [
        { lineNumber: 1, unitPriceMinor: 5890, freightMinor: 1329 },
        { lineNumber: 2, unitPriceMinor: 10, freightMinor: 800 },
      ],
      payments: [{ method: 'BOLETO', installments: 1, amountMinor: 8029 }],
    },
  ]);
});

test('rows that say too little are named with file and line, and the others go on', async () => {
  const good = 'o1,c1,created,2018-01-10 12:00:00,,,,';
  const { orders, badRows, rows } = await shop({
    orders: [good, good, 'o2,c1,lost,2018-01-10 12:00:00,,,,', 'o3,c1,created,,,,,', 'o4,c1,created,10.01.2018,,,,'],
    order_payments: ['o1,1,cowries,1,5.00', 'o1,2,voucher,1,-5.00', 'o1,3,voucher,1,1e3'],
  });
  expect(orders.map(({ orderId }) => orderId)).toEqual(['o1']);
  expect(rows).toBe(8);
  expect(badRows.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
    expect.stringContaining('2: payment_type is "cowries", known are credit_card'),
    '3: payment_value is "-5.00", wanted is an amount such as 99.90',
    '4: payment_value is "1e3", wanted is an amount such as 99.90',
    '3: order_id "o1" stands here a second time',
    expect.stringContaining('4: order_status is "lost", known are created'),
    '5: order_purchase_timestamp is empty',
    '6: order_purchase_timestamp is "10.01.2018", wanted is yyyy-MM-dd HH:mm:ss',
  ]);
});

test('a name that does not lead to the other files is refused', () => {
  expect(() => shopFiles('/data/sales.csv')).toThrow('wants a name with "orders" in it');
});
