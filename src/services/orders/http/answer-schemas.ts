import {
  count,
  described,
  flag,
  type JsonSchema,
  listOf,
  nullable,
  objectOf,
  refTo,
  text,
  time,
  version,
} from './json-schema.ts';
import { customerStatuses, orderStatuses, paymentMethods, paymentStatuses } from './statuses.ts';

const minor: JsonSchema = { type: 'integer', description: 'Minor units of the currency (cents).' };
const orderStatus: JsonSchema = { type: 'string', enum: orderStatuses };

const receipt = objectOf(
  { orderId: text, status: orderStatus, version },
  { description: 'What became of a command on an order; the version is what ?min-version= takes.' },
);

const line = objectOf({
  lineNumber: count,
  productId: text,
  sellerId: nullable(text),
  quantity: count,
  unitPriceMinor: minor,
  freightMinor: minor,
  shipBy: nullable(time),
});

const payment = objectOf({
  paymentId: text,
  status: { type: 'string', enum: paymentStatuses },
  amountMinor: minor,
  refundedMinor: minor,
  currency: text,
  method: { type: 'string', enum: paymentMethods },
  installments: count,
  attempt: count,
  failureCode: nullable(text),
  failureDetail: nullable(text),
  changedAt: time,
  version,
});

const order = objectOf(
  {
    orderId: text,
    customerId: text,
    status: orderStatus,
    currency: text,
    itemsMinor: minor,
    freightMinor: minor,
    discountMinor: minor,
    taxMinor: nullable(minor),
    totalMinor: minor,
    lines: listOf(refTo('OrderLine')),
    purchasedAt: nullable(time),
    approvedAt: nullable(time),
    handedToCarrierAt: nullable(time),
    deliveredAt: nullable(time),
    estimatedDeliveryAt: nullable(time),
    cancellationReason: nullable(text),
    channel: nullable(text),
    country: nullable(text),
    language: nullable(text),
    source: described(text, 'Who wrote the order’s events: order-service, or a recorded shop.'),
    changedAt: described(time, 'Time of the last event of the order itself.'),
    version,
    payments: listOf(refTo('Payment')),
  },
  { description: 'An order with its payments, now or at the time asked for.' },
);

const historyEntry = objectOf(
  {
    eventId: text,
    time,
    type: described(text, 'CloudEvents type, such as order.created.'),
    source: text,
    entityId: described(text, 'Order, payment or product that the event is of.'),
    version: nullable(version),
    actor: described(nullable(text), 'Who asked for it; null where the shop’s own store does not know the event.'),
    commandId: nullable(text),
    recordedAt: described(nullable(time), 'When the store had it.'),
    topic: text,
    partition: count,
    offset: count,
    data: { type: 'object', description: 'The event as it is on its topic; times are ms since 1970-01-01 UTC.' },
  },
  { description: 'One event of an order, its payments or its stock.' },
);

const saga = objectOf(
  {
    sagaId: text,
    orderId: text,
    step: described(text, 'reserving, paying, finishing, compensating, completed or cancelled.'),
    attempts: described(count, 'Deadlines that passed in this step.'),
    deadline: described(nullable(time), 'When the saga goes on by itself.'),
    lastError: nullable(text),
    startedAt: time,
    updatedAt: time,
    endedAt: nullable(time),
    stuck: described(flag, 'Whether people were told that it does not get on.'),
  },
  { description: 'An order on its way through stock and payment.' },
);

const orderSummary = objectOf({
  orderId: text,
  status: orderStatus,
  currency: text,
  totalMinor: minor,
  placedAt: time,
  changedAt: time,
  version,
});

const customer = objectOf({
  customerId: text,
  status: { type: 'string', enum: customerStatuses },
  registeredAt: nullable(time),
  country: nullable(text),
  city: nullable(text),
  language: nullable(text),
  currency: nullable(text),
  segment: nullable(text),
  marketingConsent: nullable(flag),
  consentVersion: nullable(text),
  consentAt: nullable(time),
  referrer: nullable(text),
  orders: described(count, 'Orders that the customer has placed.'),
  changedAt: time,
  version,
});

const stock = objectOf({
  productId: text,
  onHand: { type: 'integer' },
  reserved: { type: 'integer' },
  free: described({ type: 'integer' }, 'What can be ordered: at hand and not reserved.'),
  changedAt: time,
  version,
});

const problem: JsonSchema = {
  type: 'object',
  description: 'Problem details (RFC 9457). docs/errors.md lists every code.',
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', pattern: '^EVENTBUS_' },
    remedy: text,
    errors: listOf(
      objectOf({
        in: { type: 'string', enum: ['path', 'query', 'header', 'body'] },
        name: described(text, 'The field, such as lines[0].quantity.'),
        detail: text,
      }),
      { description: 'The fields at fault, of a request that does not fit its description.' },
    ),
    details: { type: 'object' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'remedy'],
  additionalProperties: false,
};

export const answerSchemas = {
  OrderReceipt: receipt,
  Order: order,
  OrderLine: line,
  Payment: payment,
  HistoryEntry: historyEntry,
  History: objectOf({ orderId: text, events: listOf(refTo('HistoryEntry')) }),
  Saga: saga,
  OrderSummary: orderSummary,
  OrderPage: objectOf({
    items: listOf(refTo('OrderSummary')),
    next: described(nullable(text), 'What ?cursor= takes for the next page; null on the last one.'),
  }),
  OrderCounts: objectOf({
    counts: {
      type: 'object',
      propertyNames: { enum: orderStatuses },
      additionalProperties: count,
    },
    orders: count,
  }),
  Customer: customer,
  CustomerReceipt: objectOf({ customerId: text, status: { type: 'string', enum: customerStatuses }, version }),
  Stock: stock,
  StockReceipt: objectOf({ productId: text, onHand: count, reserved: count, version }),
  Problem: problem,
} as const satisfies Readonly<Record<string, JsonSchema>>;

export type AnswerName = keyof typeof answerSchemas;
