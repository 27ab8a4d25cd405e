import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Events } from '../../src/catalogue/events.generated.ts';
import type { Item } from '../../src/consumers/batch/processor.ts';
import type { Commerce } from '../../src/consumers/order-projector/commerce-item.ts';
import { makeOrderProjectorProcessor } from '../../src/consumers/order-projector/processor.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import type { Pool } from '../../src/postgres/pool.ts';
import type { ApiAnswer } from '../../src/services/api/api-call.ts';
import type { TokenVerifier } from '../../src/services/auth/token-verifier.ts';
import { makeIdempotency } from '../../src/services/orders/http/idempotency.ts';
import { openApiDocument } from '../../src/services/orders/http/openapi.ts';
import { makeOrdersApi } from '../../src/services/orders/http/orders-api.ts';
import { makeOrderCommands, type OrderCommands } from '../../src/services/orders/order-commands.ts';
import { makeOrderReads } from '../../src/services/orders/read/order-reads.ts';

/** Tokens of tests say who they are for in plain words: `ada`, `root+admin`, `olga+operator`. */
export const plainTokens: TokenVerifier = {
  async verify(token = '') {
    const [subject = '', ...roles] = token.split('+');
    if (subject === 'forged') throw new AppError('EVENTBUS_AUTH_TOKEN_INVALID', 'signature verification failed');
    return { subject, roles, expiresAtMs: Number.POSITIVE_INFINITY };
  },
};

const document = openApiDocument() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

interface Described {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly as?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The body of an answer, as far as tests look into it. */
export type Body = Readonly<Record<string, unknown>>;

export interface ShopOptions {
  readonly pool: Pool;
  /** @default the shop's own */
  readonly commands?: OrderCommands;
  readonly clock?: () => number;
}

const description = makeDescription();
/** Operations that were answered well in this process: their requests and answers fit the document. */
export const answeredOperations: ReadonlySet<string> = description.answered;

/** Empties everything that the shop keeps. */
export async function emptyShop(pool: Pool): Promise<void> {
  for (const table of shopTables) await pool.query(`delete from ${table}`);
}

const shopTables = [
  'commerce_event',
  'order_current',
  'payment_current',
  'stock_current',
  'customer_current',
  'idempotency_key',
  'event_stream',
  'stored_event',
  'handled_command',
  'outbox',
  'saga_instance',
  'simulated_payment',
  'skipped_record',
] as const;

/** The shop behind its API on a database, without a log: what is in the outbox is projected when a test says so. */
export function makeShop({ pool, commands = makeOrderCommands({ pool }), clock }: ShopOptions) {
  const api = makeOrdersApi({
    commands,
    reads: makeOrderReads({ pool, patienceMs: 50 }),
    idempotency: makeIdempotency({ pool, ...(clock === undefined ? {} : { clock }) }),
    tokens: plainTokens,
    onFailure: () => {},
  });
  const send = async (sent: Sent): Promise<ApiAnswer & { readonly body: Body }> => {
    const { method = sent.key === undefined ? 'GET' : 'POST', path, as, key, headers = {}, body } = sent;
    const url = new URL(path, 'http://shop');
    const answer = await api({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      body,
      actor: 'api',
    });
    // What leaves the program is JSON, so that is what has to fit.
    const sentBody = JSON.parse(JSON.stringify(answer.body)) as Body;
    description.check(method, url.pathname, { request: body, answer: { ...answer, body: sentBody } });
    return { ...answer, body: sentBody };
  };
  return { send, project: () => project(pool) };
}

/** Holds every request that was answered well, and every answer, against the document. */
function makeDescription() {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'https://shop.test/openapi' });
  const compiled = new Map<string, ValidateFunction>();
  const answered = new Set<string>();
  const validate = (schema: object, value: unknown, what: string) => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"https://shop.test/openapi#/');
    const fits = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, fits);
    if (!fits(value)) throw new Error(`${what}: ${ajv.errorsText(fits.errors)} in ${JSON.stringify(value)}`);
  };
  return {
    answered,
    check(method: string, path: string, { request, answer }: { request: unknown; answer: ApiAnswer }) {
      const operation = operationAt(method, path);
      if (operation === undefined) return;
      const { status, headers, body } = answer;
      const response = operation.responses[status] ?? operation.responses['default'];
      const type = headers?.['content-type'] ?? 'application/json';
      const content = response?.content[type];
      if (content === undefined) throw new Error(`${operation.operationId}: no ${type} is described for ${status}`);
      validate(content.schema, body, `answer ${status} of ${operation.operationId}`);
      if (status >= 300) return;
      answered.add(operation.operationId);
      const wanted = operation.requestBody?.content['application/json'];
      if (request !== undefined && wanted === undefined) throw new Error(`${operation.operationId} describes no body`);
      if (request !== undefined && wanted !== undefined) {
        validate(wanted.schema, request, `request of ${operation.operationId}`);
      }
    },
  };
}

function operationAt(method: string, path: string): Described | undefined {
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const found = Object.entries(document.paths).find(([template]) => fits(template));
  return found?.[1][method.toLowerCase()];
}

interface OutboxRow {
  readonly position: number;
  readonly event_id: string;
  readonly topic: string;
  readonly key: string;
  readonly event_type: string;
  readonly source: string;
  readonly at: Date;
  readonly value: Commerce;
}

/** Takes what waits in the outbox to the read models, as log and event source do. */
async function project(pool: Pool): Promise<number> {
  const processor = makeOrderProjectorProcessor(pool);
  const { rows } = await pool.query<OutboxRow>('delete from outbox returning *');
  const inOrder = rows.toSorted((left, right) => left.position - right.position);
  for (const [topic, ofTopic] of Map.groupBy(inOrder, (row) => row.topic)) {
    const items = ofTopic.map((row) => itemOf(row));
    await processor.apply({ topic, partition: 0, items }, new AbortController().signal);
  }
  return rows.length;
}

function itemOf({
  topic,
  position,
  at,
  key,
  event_id: id,
  event_type: type,
  source,
  value,
}: OutboxRow): Item<Commerce> {
  return {
    topic,
    partition: 0,
    offset: position,
    timestampMs: at.getTime(),
    key,
    event: { id, type, source, time: at.toISOString() },
    value,
  };
}

/** An order of one line for the API. */
export function newOrder(given: Partial<Record<string, unknown>> = {}): Body {
  return {
    currency: 'EUR',
    lines: [{ productId: 'mug', quantity: 2, unitPriceMinor: 1250, freightMinor: 490 }],
    payment: { method: 'CREDIT_CARD', instrument: 'tok_visa' },
    ...given,
  };
}

/** A value of a shop topic with what a test does not care about. */
export function orderValue(given: Partial<Events['OrderEvent']> = {}): Events['OrderEvent'] {
  return {
    orderId: 'o-1',
    customerId: 'ada',
    status: 'CREATED',
    currency: 'EUR',
    itemsMinor: 100,
    freightMinor: 0,
    discountMinor: 0,
    taxMinor: null,
    totalMinor: 100,
    lines: [],
    purchasedAt: null,
    approvedAt: null,
    handedToCarrierAt: null,
    deliveredAt: null,
    estimatedDeliveryAt: null,
    cancellationReason: null,
    changedFields: [],
    channel: null,
    country: null,
    language: null,
    streamVersion: null,
    sagaId: null,
    correlationId: null,
    causationId: null,
    ...given,
  };
}

export function stockValue(given: Partial<Events['InventoryEvent']> = {}): Events['InventoryEvent'] {
  return {
    productId: 'mug',
    warehouseId: null,
    onHandDelta: 0,
    reservedDelta: 0,
    onHand: null,
    reserved: null,
    reason: 'UNKNOWN',
    reservationId: null,
    reservedUntil: null,
    orderId: null,
    lineNumber: null,
    streamVersion: null,
    sagaId: null,
    correlationId: null,
    causationId: null,
    ...given,
  };
}
