import { AppError } from '../../../core/errors/app-error.ts';
import type { ApiAnswer } from '../../api/api-call.ts';
import type { Caller } from '../../auth/token-verifier.ts';
import type { CommandHead, OrderCommands } from '../order-commands.ts';
import type { OrderReads } from '../read/order-reads.ts';

/** What handlers work with. */
export interface Shop {
  readonly commands: OrderCommands;
  readonly reads: OrderReads;
}

/** Parts of paths; an operation has those that its own path names. */
export type PathIds = Readonly<Record<'orderId' | 'customerId' | 'productId', string>>;

/** A request that fits the description of its operation, of a caller who is known. */
export interface Request<Query = unknown, Body = unknown> {
  readonly ids: PathIds;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
}

/** A request that changes something. */
export interface CommandRequest<Body = unknown> extends Request<unknown, Body> {
  /** The same for every repetition of the request. */
  readonly command: CommandHead;
}

export type ReadHandler<Query = unknown> = (request: Request<Query>, shop: Shop) => Promise<ApiAnswer>;
export type CommandHandler<Body = unknown> = (request: CommandRequest<Body>, shop: Shop) => Promise<ApiAnswer>;

/** Query of reads that wait for a version. */
export interface AwaitedVersion {
  readonly 'min-version'?: number;
}

const isAdmin = ({ roles }: Caller) => roles.includes('admin');
const mayRead = ({ roles }: Caller) => roles.includes('admin') || roles.includes('operator');

/** @throws AppError EVENTBUS_API_FORBIDDEN unless the customer is the caller, or the caller an administrator */
export function requireChange(caller: Caller, customerId: string): void {
  if (caller.subject !== customerId && !isAdmin(caller)) throw foreign(caller);
}

/** @throws AppError EVENTBUS_API_FORBIDDEN unless the customer is the caller, or the caller may read everything */
export function requireRead(caller: Caller, customerId: string): void {
  if (caller.subject !== customerId && !mayRead(caller)) throw foreign(caller);
}

/** @throws AppError EVENTBUS_API_FORBIDDEN when fields are given that administrators alone may set */
export function requireAdminFor(caller: Caller, body: object, fields: readonly string[]): void {
  const given = fields.filter((name) => Object.hasOwn(body, name));
  if (given.length === 0 || isAdmin(caller)) return;
  throw new AppError('EVENTBUS_API_FORBIDDEN', `${given.join(', ')} is set by administrators alone`);
}

function foreign({ subject }: Caller): AppError {
  return new AppError('EVENTBUS_API_FORBIDDEN', `it belongs to another customer than "${subject.slice(0, 80)}"`);
}

/** @throws AppError EVENTBUS_API_NOT_FOUND */
export function found<T>(thing: T | null, what: string): T {
  if (thing === null) throw new AppError('EVENTBUS_API_NOT_FOUND', what);
  return thing;
}

/** A 200 whose ETag is the version. */
export function versioned(version: number, body: object): ApiAnswer {
  return { status: 200, headers: { etag: `"${version}"` }, body };
}
