import type { Route } from '../../api/api-call.ts';
import type { AnswerName } from './answer-schemas.ts';
import { count, described, id, type JsonSchema, time } from './json-schema.ts';
import type { requestSchemas } from './request-schemas.ts';
import { orderStatuses } from './statuses.ts';

/**
 * Who may call: anybody; whoever has a token, as far as it is about themselves (administrators everything, operators
 * everything that only reads); or holders of a role alone.
 */
export type Access = 'public' | 'own' | 'operator' | 'admin';

/** One operation of the API: what its route, its checks and its description in the OpenAPI document are made of. */
export interface Operation {
  readonly method: Route['method'];
  /** With parts such as `{orderId}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly query?: Readonly<Record<string, JsonSchema>>;
  readonly body?: keyof typeof requestSchemas;
  /** False where a request without a body is one as well. @default true */
  readonly bodyRequired?: boolean;
  /** Whether If-Match is heeded. @default false */
  readonly ifMatch?: boolean;
  readonly answer: {
    readonly status: 200 | 201;
    readonly description: string;
    /** Absent: any JSON. */
    readonly schema?: AnswerName;
    readonly etag?: boolean;
    readonly location?: boolean;
  };
}

const minVersion = {
  'min-version': described(
    count,
    'Waits up to two seconds until the read model has come to this version, which the answer of a command tells; 503 when it has not.',
  ),
} as const;

const limit: JsonSchema = { type: 'integer', minimum: 1, maximum: 200, default: 50, description: 'Items of a page.' };
const cursor: JsonSchema = { type: 'string', maxLength: 400, description: 'What the page before says in next.' };

const orderOperations = {
  placeOrder: {
    method: 'POST',
    path: '/orders',
    summary: 'Places an order; stock and payment follow by themselves.',
    access: 'own',
    body: 'NewOrder',
    answer: { status: 201, description: 'The order is placed.', schema: 'OrderReceipt', etag: true, location: true },
  },
  cancelOrder: {
    method: 'POST',
    path: '/orders/{orderId}/cancel',
    summary: 'Cancels an order that is not approved yet; what was reserved and paid goes back.',
    access: 'own',
    body: 'Cancellation',
    bodyRequired: false,
    ifMatch: true,
    answer: { status: 200, description: 'The order is cancelled.', schema: 'OrderReceipt', etag: true },
  },
  shipOrder: {
    method: 'POST',
    path: '/orders/{orderId}/ship',
    summary: 'Tells that the carrier has taken the goods of a completed order.',
    access: 'admin',
    ifMatch: true,
    answer: { status: 200, description: 'The order is shipped.', schema: 'OrderReceipt', etag: true },
  },
  deliverOrder: {
    method: 'POST',
    path: '/orders/{orderId}/deliver',
    summary: 'Tells that the customer has the goods.',
    access: 'admin',
    ifMatch: true,
    answer: { status: 200, description: 'The order is delivered.', schema: 'OrderReceipt', etag: true },
  },
  settlePayment: {
    method: 'POST',
    path: '/orders/{orderId}/payment/outcome',
    summary: 'Tells how a payment ended that the provider had left open.',
    access: 'admin',
    body: 'PaymentOutcome',
    answer: { status: 200, description: 'The payment is settled.', schema: 'OrderReceipt' },
  },
  getOrder: {
    method: 'GET',
    path: '/orders/{orderId}',
    summary: 'An order with its payments, now or as it was at a time.',
    access: 'own',
    query: { at: described(time, 'The state at this time instead of the present one.'), ...minVersion },
    answer: { status: 200, description: 'The order.', schema: 'Order', etag: true },
  },
  getOrderHistory: {
    method: 'GET',
    path: '/orders/{orderId}/history',
    summary: 'Everything that happened to an order, its payments and the stock reserved for it, oldest first.',
    access: 'own',
    query: minVersion,
    answer: { status: 200, description: 'The events.', schema: 'History' },
  },
  getOrderSaga: {
    method: 'GET',
    path: '/orders/{orderId}/saga',
    summary: 'How far an order is on its way through stock and payment.',
    access: 'own',
    answer: { status: 200, description: 'The saga.', schema: 'Saga' },
  },
  countOrders: {
    method: 'GET',
    path: '/order-counts',
    summary: 'How many orders there are in each status.',
    access: 'operator',
    answer: { status: 200, description: 'The counts.', schema: 'OrderCounts' },
  },
} as const satisfies Readonly<Record<string, Operation>>;

const customerOperations = {
  registerCustomer: {
    method: 'POST',
    path: '/customers',
    summary: 'Registers a customer, without contact data.',
    access: 'own',
    body: 'NewCustomer',
    answer: { status: 201, description: 'The customer is registered.', schema: 'CustomerReceipt', location: true },
  },
  updateCustomer: {
    method: 'PATCH',
    path: '/customers/{customerId}',
    summary: 'Changes what is given of a customer.',
    access: 'own',
    body: 'CustomerPatch',
    ifMatch: true,
    answer: { status: 200, description: 'The customer is changed.', schema: 'CustomerReceipt' },
  },
  getCustomer: {
    method: 'GET',
    path: '/customers/{customerId}',
    summary: 'A customer, and how many orders they have placed.',
    access: 'own',
    query: minVersion,
    answer: { status: 200, description: 'The customer.', schema: 'Customer', etag: true },
  },
  listCustomerOrders: {
    method: 'GET',
    path: '/customers/{customerId}/orders',
    summary: 'The orders of a customer, latest first, in pages.',
    access: 'own',
    query: {
      status: { type: 'string', enum: orderStatuses, description: 'Orders in this status only.' },
      limit,
      cursor,
    },
    answer: { status: 200, description: 'A page of orders.', schema: 'OrderPage' },
  },
} as const satisfies Readonly<Record<string, Operation>>;

const otherOperations = {
  getStock: {
    method: 'GET',
    path: '/products/{productId}/stock',
    summary: 'How much of a product there is.',
    access: 'own',
    query: minVersion,
    answer: { status: 200, description: 'The stock.', schema: 'Stock', etag: true },
  },
  changeStock: {
    method: 'POST',
    path: '/products/{productId}/stock',
    summary: 'Adds or takes pieces of a product, or sets what was counted.',
    access: 'admin',
    body: 'StockChange',
    ifMatch: true,
    answer: { status: 200, description: 'The stock is changed.', schema: 'StockReceipt', etag: true },
  },
  getDescription: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description.',
    access: 'public',
    answer: { status: 200, description: 'An OpenAPI 3.1 document.' },
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** Every operation by its id. */
export const operations = { ...orderOperations, ...customerOperations, ...otherOperations };

export type OperationId = keyof typeof operations;

/** Operations in the order of the document. */
export const operationList = Object.entries(operations) as readonly (readonly [OperationId, Operation])[];

/** Whether the operation changes something and therefore needs an idempotency key. */
export function isCommand({ method }: Operation): boolean {
  return method !== 'GET';
}

/** Names of the parts of a path. */
export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

export const pathSchema: JsonSchema = id;
