import { AppError } from '../../../core/errors/app-error.ts';
import type { Order, OrderWish } from '../../../core/orders/order.ts';
import type { ApiAnswer } from '../../api/api-call.ts';
import type { Carried, CommandHead, OrderCommands } from '../order-commands.ts';
import {
  type AwaitedVersion,
  type CommandHandler,
  found,
  type ReadHandler,
  type Request,
  requireChange,
  requireRead,
  type Shop,
  versioned,
} from './handler.ts';
import type { Cancellation, NewOrder, PaymentOutcome } from './request-schemas.ts';

export const placeOrder: CommandHandler<NewOrder> = async ({ body: wanted, caller, command }, { commands }) => {
  const customerId = wanted.customerId ?? caller.subject;
  requireChange(caller, customerId);
  // The id of the command is the id of the order: a repetition cannot place a second one.
  const placed = await commands.placeOrder({ ...command, order: wishOf(wanted, command.commandId, customerId) });
  const answer = receipt(placed);
  return { ...answer, status: 201, headers: { ...answer.headers, location: `/orders/${placed.state.orderId}` } };
};

function wishOf(wanted: NewOrder, orderId: string, customerId: string): OrderWish {
  const { payment, estimatedDeliveryAt: promised, ...rest } = wanted;
  return {
    ...rest,
    orderId,
    customerId,
    payment: { ...payment, installments: payment.installments ?? 1 },
    estimatedDeliveryAt: promised === undefined || promised === null ? null : Date.parse(promised),
  };
}

function receipt({ version, state: { orderId, status } }: Carried<Order>): ApiAnswer {
  return versioned(version, { orderId, status, version });
}

export const cancelOrder: CommandHandler<Cancellation | undefined> = async (request, { commands }) => {
  const { orderId } = request.ids;
  const known = await commands.order(orderId);
  if (known === null) throw new AppError('EVENTBUS_ORDER_UNKNOWN', `order ${orderId}`);
  requireChange(request.caller, known.state.customerId);
  const { reason = 'customer-request' } = request.body ?? {};
  return receipt(await commands.cancelOrder({ ...request.command, orderId, reason }));
};

/** A step that administrators tell of. */
function step(
  take: (commands: OrderCommands, command: CommandHead & { readonly orderId: string }) => Promise<Carried<Order>>,
): CommandHandler {
  return async ({ ids: { orderId }, command }, { commands }) => receipt(await take(commands, { ...command, orderId }));
}

export const shipOrder = step((commands, command) => commands.markShipped(command));
export const deliverOrder = step((commands, command) => commands.markDelivered(command));

export const settlePayment: CommandHandler<PaymentOutcome> = async ({ ids, body, command }, { commands }) => {
  const { orderId } = ids;
  await commands.settlePayment({ ...command, orderId, outcome: body.outcome });
  const { state, version } = found(await commands.order(orderId), `order ${orderId}`);
  return { status: 200, body: { orderId, status: state.status, version } };
};

export const getOrder: ReadHandler<AwaitedVersion & { readonly at?: string }> = async (request, { reads }) => {
  const { orderId } = request.ids;
  const { at, 'min-version': wanted } = request.query;
  const order = await (at === undefined ? reads.order(orderId, wanted) : reads.orderAt(orderId, Date.parse(at)));
  const shown = found(order, at === undefined ? `order ${orderId}` : `order ${orderId} at ${at}`);
  requireRead(request.caller, shown.customerId);
  return versioned(shown.version, shown);
};

export const getOrderHistory: ReadHandler<AwaitedVersion> = async (request, shop) => {
  const { orderId } = request.ids;
  // Waits first, so that the order whose owner is asked for is there as well.
  const events = await shop.reads.history(orderId, request.query['min-version']);
  await requireOwnOrder(request, shop);
  return { status: 200, body: { orderId, events } };
};

export const getOrderSaga: ReadHandler = async (request, shop) => {
  const { orderId } = request.ids;
  await requireOwnOrder(request, shop);
  const saga = found(await shop.reads.saga(orderId), `a saga of order ${orderId}`);
  return { status: 200, body: saga };
};

/** The owner by the read model; by the event store where that has not come to the order yet. */
async function requireOwnOrder({ ids: { orderId }, caller }: Request, { reads, commands }: Shop): Promise<void> {
  const customerId =
    (await reads.order(orderId))?.customerId ?? (await commands.order(orderId))?.state.customerId ?? null;
  requireRead(caller, found(customerId, `order ${orderId}`));
}

export const countOrders: ReadHandler = async (_request, { reads }) => {
  const counts = await reads.counts();
  return { status: 200, body: { counts, orders: Object.values(counts).reduce((sum, orders) => sum + orders, 0) } };
};
