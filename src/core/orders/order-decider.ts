import type { OrderStatus } from '../../catalogue/events.generated.ts';
import { accepted, type Decider, type Decision, misplaced, refused } from './decider.ts';
import { amountProblem, currencyProblem, firstProblem, idProblem, integerProblem } from './field-check.ts';
import type { LineWish, Order, OrderCommand, OrderHappening, OrderWish } from './order.ts';

/** Status before a step, what the step is called, and the status after it. */
interface Step {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
}

/**
 * The way of an order. Stock is taken and paid for when it is COMPLETED; the parcel's way comes after. A customer may
 * cancel until the payment is approved: afterwards goods are returned, not orders cancelled.
 */
const steps = {
  'note-stock-reserved': { from: ['CREATED'], to: 'STOCK_RESERVED' },
  approve: { from: ['STOCK_RESERVED'], to: 'APPROVED' },
  complete: { from: ['APPROVED'], to: 'COMPLETED' },
  ship: { from: ['COMPLETED'], to: 'SHIPPED' },
  deliver: { from: ['SHIPPED'], to: 'DELIVERED' },
  cancel: { from: ['CREATED', 'STOCK_RESERVED'], to: 'CANCELLED' },
} as const satisfies Record<Exclude<OrderCommand['type'], 'place'>, Step>;

/** Statuses in the order in which they are reached; a step that lies behind was taken before. */
const way: readonly OrderStatus[] = ['CREATED', 'STOCK_RESERVED', 'APPROVED', 'COMPLETED', 'SHIPPED', 'DELIVERED'];

export const orderDecider: Decider<Order, OrderCommand, OrderHappening> = {
  kind: 'order',
  stateFormat: 1,
  decide,
  evolve,
};

function decide(order: Order | null, command: OrderCommand): Decision<OrderHappening> {
  if (command.type === 'place') return order === null ? place(command.order, command.at) : taken(order);
  if (order === null) return refused('EVENTBUS_ORDER_UNKNOWN', `${command.type} of an order that was never placed`);
  const { from, to }: Step = steps[command.type];
  if (isBehind(order.status, to)) return accepted();
  if (!from.includes(order.status)) {
    const what = `${command.type} of order ${order.orderId} in status ${order.status}; allowed in ${from.join(', ')}`;
    return refused('EVENTBUS_ORDER_STATE', what);
  }
  if (command.type === 'cancel') {
    const problem = firstProblem([idProblem('reason', command.reason)]);
    if (problem !== null) return problem;
  }
  return accepted(happening(command));
}

function isBehind(status: OrderStatus, target: OrderStatus): boolean {
  if (target === 'CANCELLED') return status === 'CANCELLED';
  return way.indexOf(status) >= way.indexOf(target);
}

function happening(command: Exclude<OrderCommand, { readonly type: 'place' }>): OrderHappening {
  switch (command.type) {
    case 'note-stock-reserved':
      return { type: 'order-stock-reserved' };
    case 'approve':
      return { type: 'order-approved', at: command.at };
    case 'complete':
      return { type: 'order-completed' };
    case 'ship':
      return { type: 'order-shipped', at: command.at };
    case 'deliver':
      return { type: 'order-delivered', at: command.at };
    case 'cancel':
    default:
      return { type: 'order-cancelled', reason: command.reason };
  }
}

function taken({ orderId }: Order): Decision<OrderHappening> {
  return refused('EVENTBUS_ORDER_EXISTS', `order ${orderId} was placed by another command`);
}

const maxLines = 500;
const maxPieces = 1_000_000;

function place(wish: OrderWish, at: number): Decision<OrderHappening> {
  const { lines, payment } = wish;
  const problem = firstProblem([
    idProblem('orderId', wish.orderId),
    idProblem('customerId', wish.customerId),
    currencyProblem('currency', wish.currency),
    lines.length >= 1 && lines.length <= maxLines
      ? null
      : `the order has ${lines.length} lines; allowed are 1 to ${maxLines}`,
    ...lines.flatMap(lineProblems),
    amountProblem('discountMinor', wish.discountMinor ?? 0),
    amountProblem('taxMinor', wish.taxMinor ?? 0),
    idProblem('payment.instrument', payment.instrument),
    integerProblem('payment.installments', payment.installments, [1, 120]),
  ]);
  if (problem !== null) return problem;
  const order = orderOf(wish, at);
  if (order.totalMinor < 0) {
    const what = `discountMinor is ${order.discountMinor}; allowed is at most ${order.itemsMinor + order.freightMinor}`;
    return refused('EVENTBUS_ORDER_INVALID', what);
  }
  const amount = firstProblem([amountProblem('the total of the order', order.totalMinor)]);
  return amount ?? accepted({ type: 'order-placed', order });
}

function lineProblems(line: LineWish, index: number) {
  const at = `lines[${index}]`;
  return [
    idProblem(`${at}.productId`, line.productId),
    integerProblem(`${at}.quantity`, line.quantity, [1, maxPieces]),
    amountProblem(`${at}.unitPriceMinor`, line.unitPriceMinor),
    amountProblem(`${at}.freightMinor`, line.freightMinor ?? 0),
  ];
}

function orderOf(wish: OrderWish, at: number): Order {
  const lines = wish.lines.map((line, index) => ({
    lineNumber: index + 1,
    productId: line.productId,
    sellerId: line.sellerId ?? null,
    quantity: line.quantity,
    unitPriceMinor: line.unitPriceMinor,
    freightMinor: line.freightMinor ?? 0,
    shipBy: line.shipBy ?? null,
  }));
  const itemsMinor = lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
  const freightMinor = lines.reduce((sum, line) => sum + line.freightMinor, 0);
  const discountMinor = wish.discountMinor ?? 0;
  return {
    orderId: wish.orderId,
    customerId: wish.customerId,
    status: 'CREATED',
    currency: wish.currency,
    itemsMinor,
    freightMinor,
    discountMinor,
    taxMinor: wish.taxMinor ?? null,
    totalMinor: itemsMinor + freightMinor - discountMinor,
    lines,
    purchasedAt: at,
    approvedAt: null,
    handedToCarrierAt: null,
    deliveredAt: null,
    estimatedDeliveryAt: wish.estimatedDeliveryAt ?? null,
    channel: wish.channel ?? null,
    country: wish.country ?? null,
    language: wish.language ?? null,
    payment: wish.payment,
    cancellationReason: null,
  };
}

function evolve(order: Order | null, event: OrderHappening): Order {
  if (event.type === 'order-placed') return event.order;
  if (order === null) throw misplaced('order', event);
  switch (event.type) {
    case 'order-stock-reserved':
      return { ...order, status: 'STOCK_RESERVED' };
    case 'order-approved':
      return { ...order, status: 'APPROVED', approvedAt: event.at };
    case 'order-completed':
      return { ...order, status: 'COMPLETED' };
    case 'order-shipped':
      return { ...order, status: 'SHIPPED', handedToCarrierAt: event.at };
    case 'order-delivered':
      return { ...order, status: 'DELIVERED', deliveredAt: event.at };
    case 'order-cancelled':
    default:
      return { ...order, status: 'CANCELLED', cancellationReason: event.reason };
  }
}
