import { AppError } from '../../../core/errors/app-error.ts';
import type { ApiAnswer, ApiCall, Route } from '../../api/api-call.ts';
import { problemOf } from '../../api/problem.ts';
import { type Api, makeApi } from '../../api/router.ts';
import { bearerToken, requireRole } from '../../auth/bearer.ts';
import type { Caller, TokenVerifier } from '../../auth/token-verifier.ts';
import { getCustomer, listCustomerOrders, registerCustomer, updateCustomer } from './customer-handlers.ts';
import type { CommandHandler, ReadHandler, Request, Shop } from './handler.ts';
import type { Idempotency, KeyedCommand } from './idempotency.ts';
import { openApiDocument } from './openapi.ts';
import { type Operation, type OperationId, operationList } from './operations.ts';
import {
  cancelOrder,
  countOrders,
  deliverOrder,
  getOrder,
  getOrderHistory,
  getOrderSaga,
  placeOrder,
  settlePayment,
  shipOrder,
} from './order-handlers.ts';
import { type CheckedRequest, makeRequestCheck } from './request-checks.ts';
import { bareKey, expectedVersion, headerSchemas } from './request-headers.ts';
import { changeStock, getStock } from './stock-handlers.ts';

export interface OrdersApiOptions extends Shop {
  readonly tokens: TokenVerifier;
  readonly idempotency: Idempotency;
  /** Told of failures that are not the caller's. */
  readonly onFailure: (error: unknown, call: ApiCall) => void;
}

const commandHandlers = {
  placeOrder,
  cancelOrder,
  shipOrder,
  deliverOrder,
  settlePayment,
  registerCustomer,
  updateCustomer,
  changeStock,
} as const satisfies Partial<Record<OperationId, CommandHandler<never>>>;

const readHandlers = {
  getOrder,
  getOrderHistory,
  getOrderSaga,
  countOrders,
  getCustomer,
  listCustomerOrders,
  getStock,
  getDescription: async () => ({ status: 200, body: openApiDocument() }),
} as const satisfies Record<Exclude<OperationId, keyof typeof commandHandlers>, ReadHandler<never>>;

/** The shop's API: token, role, shape of the request, idempotency key, in this order, and then the operation itself. */
export function makeOrdersApi(options: OrdersApiOptions): Api {
  const routes = operationList.map(([id, operation]) => routeOf(id, operation, options));
  return makeApi({ routes, listed: false, onFailure: options.onFailure });
}

function routeOf(id: OperationId, operation: Operation, options: OrdersApiOptions): Route {
  const check = makeRequestCheck(operation);
  return {
    method: operation.method,
    path: operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    summary: operation.summary,
    answer: async (call, parts) => {
      const caller = await callerOf(call, operation, options.tokens);
      const request = requestOf(check(call, parts), caller);
      if (!isReader(id)) return carriedOut(id, { call, request }, options);
      return readHandlers[id](request, options);
    },
  };
}

function isReader(id: OperationId): id is keyof typeof readHandlers {
  return Object.hasOwn(readHandlers, id);
}

const nobody: Caller = { subject: '', roles: [], expiresAtMs: 0 };

async function callerOf({ headers }: ApiCall, { access }: Operation, tokens: TokenVerifier): Promise<Caller> {
  if (access === 'public') return nobody;
  const caller = await tokens.verify(bearerToken(headers['authorization']));
  if (access === 'admin') requireRole(caller, 'admin');
  if (access === 'operator') requireRole(caller, 'operator', 'admin');
  return caller;
}

/** From here on everything has the type that the operation's schemas say. */
function requestOf({ parts, query, body }: CheckedRequest, caller: Caller): Request<never, never> {
  return { ids: parts, query: query as never, body: body as never, caller };
}

interface Asked {
  readonly call: ApiCall;
  readonly request: Request<never, never>;
}

/** Carries a command out once, and answers every repetition as the first time. */
function carriedOut(
  id: keyof typeof commandHandlers,
  { call, request }: Asked,
  options: OrdersApiOptions,
): Promise<ApiAnswer> {
  const { caller } = request;
  const ifMatch = call.headers['if-match'];
  const keyed = {
    subject: caller.subject,
    key: keyOf(call),
    content: [call.method, call.path, ifMatch ?? null, call.body ?? null],
  };
  return options.idempotency.answer(keyed, async ({ commandId, at }: KeyedCommand) => {
    const command = { commandId, at, actor: caller.subject, expectedVersion: expectedVersion(ifMatch) };
    try {
      return await commandHandlers[id]({ ...request, command }, options);
    } catch (error) {
      const problem = problemOf(error);
      // A refusal is an answer; what may pass by itself is not, so that the repetition tries again.
      if (problem.status < 500) return problem;
      throw error;
    }
  });
}

const keyPattern = new RegExp(headerSchemas['Idempotency-Key'].pattern);

function keyOf({ headers, method, path }: ApiCall): string {
  const given = headers['idempotency-key'];
  if (given === undefined || given === '') {
    throw new AppError('EVENTBUS_API_IDEMPOTENCY_KEY_MISSING', `${method} ${path.slice(0, 200)}`);
  }
  if (keyPattern.test(given)) return bareKey(given);
  const detail = 'must be 1 to 255 printable characters without spaces, or such in double quotes';
  throw new AppError('EVENTBUS_API_REQUEST_INVALID', `header Idempotency-Key ${detail}`, {
    details: { errors: [{ in: 'header', name: 'Idempotency-Key', detail }] },
  });
}
