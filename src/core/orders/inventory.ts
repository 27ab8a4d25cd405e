import type { InventoryReason } from '../../catalogue/events.generated.ts';
import { accepted, type Decider, type Decision, refused } from './decider.ts';
import { firstProblem, idProblem, integerProblem } from './field-check.ts';

/** Stock of one product. What is reserved is still at hand, and no longer free. */
export interface Stock {
  readonly productId: string;
  readonly onHand: number;
  /** Sum of the reservations. */
  readonly reserved: number;
  /** Pieces by order; only reservations that are neither released nor taken. */
  readonly reservations: Readonly<Record<string, number>>;
}

export type StockCommand =
  /** Adds pieces, or takes them away with a negative number. */
  | {
      readonly type: 'change';
      readonly productId: string;
      readonly delta: number;
      readonly reason: Exclude<InventoryReason, 'ORDERED' | 'ORDER_CANCELLED'>;
    }
  /** Sets what was counted. */
  | { readonly type: 'count'; readonly productId: string; readonly onHand: number }
  | { readonly type: 'reserve'; readonly productId: string; readonly orderId: string; readonly quantity: number }
  | { readonly type: 'release'; readonly productId: string; readonly orderId: string }
  | { readonly type: 'take'; readonly productId: string; readonly orderId: string };

export type StockHappening =
  | {
      readonly type: 'stock-changed';
      readonly productId: string;
      readonly delta: number;
      readonly reason: InventoryReason;
    }
  | {
      readonly type: 'stock-reserved' | 'stock-released' | 'stock-taken';
      readonly orderId: string;
      readonly quantity: number;
    };

export const stockDecider: Decider<Stock, StockCommand, StockHappening> = {
  kind: 'inventory',
  stateFormat: 1,
  decide,
  evolve,
};

const maxPieces = 1_000_000_000;

function decide(stock: Stock | null, command: StockCommand): Decision<StockHappening> {
  switch (command.type) {
    case 'change':
    case 'count':
      return change(stock, command);
    case 'reserve':
      return reserve(stock, command);
    case 'release':
    case 'take':
    default:
      return end(stock, command);
  }
}

type Change = Extract<StockCommand, { readonly type: 'change' | 'count' }>;

function change(stock: Stock | null, command: Change): Decision<StockHappening> {
  const { productId } = command;
  const onHand = stock?.onHand ?? 0;
  const wanted = command.type === 'count' ? command.onHand : command.delta;
  const least = command.type === 'count' ? 0 : -maxPieces;
  const problem = firstProblem([
    idProblem('productId', productId),
    integerProblem(command.type === 'count' ? 'onHand' : 'delta', wanted, [least, maxPieces]),
  ]);
  if (problem !== null) return problem;
  const delta = command.type === 'count' ? command.onHand - onHand : command.delta;
  if (delta === 0 && stock !== null) return accepted();
  const reserved = stock?.reserved ?? 0;
  if (onHand + delta < reserved || onHand + delta > maxPieces) {
    const what = `${productId}: ${onHand} at hand, ${reserved} of them reserved, change ${delta}; allowed is what leaves ${reserved} to ${maxPieces}`;
    return refused('EVENTBUS_ORDER_STOCK_SHORT', what);
  }
  const reason = command.type === 'count' ? 'CORRECTED' : command.reason;
  return accepted({ type: 'stock-changed', productId, delta, reason });
}

type Reserve = Extract<StockCommand, { readonly type: 'reserve' }>;

function reserve(stock: Stock | null, { productId, orderId, quantity }: Reserve): Decision<StockHappening> {
  if (stock === null) return refused('EVENTBUS_ORDER_PRODUCT_UNKNOWN', `product ${productId}`);
  if (stock.reservations[orderId] === quantity) return accepted();
  const problem = firstProblem([idProblem('orderId', orderId), integerProblem('quantity', quantity, [1, maxPieces])]);
  if (problem !== null) return problem;
  if (stock.reservations[orderId] !== undefined) {
    const what = `order ${orderId} holds ${stock.reservations[orderId]} of ${productId}, wanted are ${quantity}`;
    return refused('EVENTBUS_ORDER_EXISTS', what);
  }
  const free = stock.onHand - stock.reserved;
  if (quantity > free) {
    return refused('EVENTBUS_ORDER_STOCK_SHORT', `${productId}: wanted ${quantity}, free ${free}`);
  }
  return accepted({ type: 'stock-reserved', orderId, quantity });
}

type End = Extract<StockCommand, { readonly type: 'release' | 'take' }>;

function end(stock: Stock | null, { type, productId, orderId }: End): Decision<StockHappening> {
  const quantity = stock?.reservations[orderId];
  if (quantity === undefined) {
    return refused('EVENTBUS_ORDER_RESERVATION_UNKNOWN', `${type} of ${productId} for order ${orderId}`);
  }
  return accepted({ type: type === 'release' ? 'stock-released' : 'stock-taken', orderId, quantity });
}

const nothing: Omit<Stock, 'productId'> = { onHand: 0, reserved: 0, reservations: {} };

function evolve(before: Stock | null, event: StockHappening): Stock {
  if (event.type === 'stock-changed') {
    const stock = before ?? { productId: event.productId, ...nothing };
    return { ...stock, onHand: stock.onHand + event.delta };
  }
  const stock = before ?? { productId: '', ...nothing };
  const { orderId, quantity } = event;
  if (event.type === 'stock-reserved') {
    return {
      ...stock,
      reserved: stock.reserved + quantity,
      reservations: { ...stock.reservations, [orderId]: quantity },
    };
  }
  const { [orderId]: _ended, ...reservations } = stock.reservations;
  const onHand = event.type === 'stock-taken' ? stock.onHand - quantity : stock.onHand;
  return { ...stock, onHand, reserved: stock.reserved - quantity, reservations };
}
