import { basename, dirname, join } from 'node:path';
import type { OrderStatus, PaymentMethod } from '../../../catalogue/events.generated.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import type { Row } from '../message-maker.ts';
import { type BadRow, readTable } from '../read-rows.ts';
import { makeTimeReader } from '../recorded-time.ts';
import type { RecordedLine, RecordedOrder, RecordedPayment } from './recorded-order.ts';

/** The three files of the recorded shop; items and payments stand beside the orders. */
export interface ShopFiles {
  readonly orders: string;
  readonly items: string;
  readonly payments: string;
}

/** A row that could not be used, and the file that it stands in. */
export interface BadShopRow extends BadRow {
  readonly file: string;
}

export interface RecordedShop {
  readonly orders: readonly RecordedOrder[];
  /** Rows of the three files, the bad ones included. */
  readonly rows: number;
  readonly badRows: readonly BadShopRow[];
}

/**
 * Where items and payments are looked for: the name of the orders' file with `order_items` and `order_payments`.
 * @throws AppError EVENTBUS_DEVICE_FILE_UNREADABLE when the name has no `orders` in it
 */
export function shopFiles(orders: string): ShopFiles {
  const name = basename(orders);
  const at = name.lastIndexOf('orders');
  if (at < 0) {
    const what = `${orders}: profile olist wants a name with "orders" in it, to find order_items and order_payments beside it`;
    throw new AppError('EVENTBUS_DEVICE_FILE_UNREADABLE', what);
  }
  const beside = (part: string) =>
    join(dirname(orders), `${name.slice(0, at)}${part}${name.slice(at + 'orders'.length)}`);
  return { orders, items: beside('order_items'), payments: beside('order_payments') };
}

const columns = {
  orders: [
    'order_id',
    'customer_id',
    'order_status',
    'order_purchase_timestamp',
    'order_approved_at',
    'order_delivered_carrier_date',
    'order_delivered_customer_date',
    'order_estimated_delivery_date',
  ],
  items: ['order_id', 'order_item_id', 'product_id', 'seller_id', 'shipping_limit_date', 'price', 'freight_value'],
  payments: ['order_id', 'payment_sequential', 'payment_type', 'payment_installments', 'payment_value'],
} as const;

const statuses: Readonly<Record<string, OrderStatus>> = {
  created: 'CREATED',
  approved: 'APPROVED',
  invoiced: 'INVOICED',
  processing: 'PROCESSING',
  shipped: 'SHIPPED',
  delivered: 'DELIVERED',
  canceled: 'CANCELLED',
  unavailable: 'UNAVAILABLE',
};

const methods: Readonly<Record<string, PaymentMethod>> = {
  credit_card: 'CREDIT_CARD',
  debit_card: 'DEBIT_CARD',
  boleto: 'BOLETO',
  voucher: 'VOUCHER',
  not_defined: 'UNKNOWN',
};

/** The shop's clock; summer time until 2019. */
const timeOf = makeTimeReader({
  columns: [],
  pattern: /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2}) (?<time>\d{2}:\d{2}:\d{2})$/,
  zone: 'America/Sao_Paulo',
});

/** A row that says too little to be used. */
class BadCell extends Error {}

/**
 * Reads the three files and joins them by order.
 * @throws AppError EVENTBUS_DEVICE_FILE_UNREADABLE, _FILE_EMPTY or _COLUMNS_MISSING
 */
export async function readShop(files: ShopFiles): Promise<RecordedShop> {
  const reading: Reading = { files, rows: 0, badRows: [] };
  const lines = new Map<string, RecordedLine[]>();
  await eachRow(reading, 'items', (row) => push(lines, row, lineOf(row)));
  const payments = new Map<string, RecordedPayment[]>();
  await eachRow(reading, 'payments', (row) => push(payments, row, paymentOf(row)));
  const orders = new Map<string, RecordedOrder>();
  await eachRow(reading, 'orders', (row) => {
    const order = orderOf(row, { lines, payments });
    if (orders.has(order.orderId)) throw new BadCell(`order_id "${order.orderId}" stands here a second time`);
    orders.set(order.orderId, order);
  });
  return { orders: [...orders.values()], rows: reading.rows, badRows: reading.badRows };
}

interface Reading {
  readonly files: ShopFiles;
  rows: number;
  readonly badRows: BadShopRow[];
}

async function eachRow(reading: Reading, name: keyof ShopFiles, take: (row: Row) => void): Promise<void> {
  const file = reading.files[name];
  const bad = (row: BadRow) => {
    reading.rows += 1;
    reading.badRows.push({ ...row, file });
  };
  for await (const { row, line } of readTable(file, { name: 'olist', columns: columns[name] }, bad)) {
    try {
      take(row);
      reading.rows += 1;
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      bad({ line, reason: error.message });
    }
  }
}

function push<T>(lists: Map<string, T[]>, row: Row, item: T): void {
  const orderId = text(row, 'order_id');
  const list = lists.get(orderId);
  if (list === undefined) lists.set(orderId, [item]);
  else list.push(item);
}

function orderOf(
  row: Row,
  {
    lines,
    payments,
  }: { readonly lines: Map<string, RecordedLine[]>; readonly payments: Map<string, RecordedPayment[]> },
): RecordedOrder {
  const orderId = text(row, 'order_id');
  const purchasedAt = time(row, 'order_purchase_timestamp');
  if (purchasedAt === null) throw new BadCell('order_purchase_timestamp is empty');
  return {
    orderId,
    customerId: text(row, 'customer_id'),
    status: named(row, 'order_status', statuses),
    purchasedAt,
    approvedAt: time(row, 'order_approved_at'),
    handedToCarrierAt: time(row, 'order_delivered_carrier_date'),
    deliveredAt: time(row, 'order_delivered_customer_date'),
    estimatedDeliveryAt: time(row, 'order_estimated_delivery_date'),
    lines: (lines.get(orderId) ?? []).toSorted((left, right) => left.lineNumber - right.lineNumber),
    payments: (payments.get(orderId) ?? []).toSorted((left, right) => left.sequence - right.sequence),
  };
}

function lineOf(row: Row): RecordedLine {
  return {
    lineNumber: whole(row, 'order_item_id'),
    productId: text(row, 'product_id'),
    sellerId: row['seller_id']?.trim() || null,
    unitPriceMinor: minor(row, 'price'),
    freightMinor: minor(row, 'freight_value'),
    shipBy: time(row, 'shipping_limit_date'),
  };
}

function paymentOf(row: Row): RecordedPayment {
  return {
    sequence: whole(row, 'payment_sequential'),
    method: named(row, 'payment_type', methods),
    // The file has a few payments in 0 instalments: at once.
    installments: Math.max(1, whole(row, 'payment_installments')),
    amountMinor: minor(row, 'payment_value'),
  };
}

function text(row: Row, column: string): string {
  const value = row[column]?.trim() ?? '';
  if (value === '') throw new BadCell(`${column} is empty`);
  return value;
}

function named<T>(row: Row, column: string, names: Readonly<Record<string, T>>): T {
  const value = text(row, column);
  const found = Object.hasOwn(names, value) ? names[value] : undefined;
  if (found !== undefined) return found;
  throw new BadCell(`${column} is "${value.slice(0, 40)}", known are ${Object.keys(names).join(', ')}`);
}

function whole(row: Row, column: string): number {
  const value = text(row, column);
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new BadCell(`${column} is "${value.slice(0, 40)}", wanted is a whole number`);
}

/** Cents of an amount such as 99.9, without a way through binary fractions. */
function minor(row: Row, column: string): number {
  const value = text(row, column);
  const [, reais = '', cents = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(value) ?? [];
  if (reais === '') throw new BadCell(`${column} is "${value.slice(0, 40)}", wanted is an amount such as 99.90`);
  return Number(reais) * 100 + Number(cents.padEnd(2, '0'));
}

function time(row: Row, column: string): number | null {
  const value = row[column]?.trim() ?? '';
  if (value === '') return null;
  const { ms } = timeOf(value);
  if (ms === null) throw new BadCell(`${column} is "${value.slice(0, 40)}", wanted is yyyy-MM-dd HH:mm:ss`);
  return ms;
}
