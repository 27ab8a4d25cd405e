import type { EventStore } from '../../postgres/event-store/event-store.ts';
import { customers, orders, payments, stocks, streams } from './aggregates.ts';
import type { CommandRunner } from './command-runner.ts';
import { stateOfStreamAt, storedEventOf } from './event-views.ts';
import type { CommandHead, OrderCommands } from './order-commands.ts';
import type { PaymentDesk } from './payment-desk.ts';

/** What commands are made of. */
export interface OrderParts {
  readonly runner: CommandRunner;
  readonly store: Pick<EventStore, 'events'>;
  readonly desk: Pick<PaymentDesk, 'settle'>;
}

/** The commands over their parts. */
export function ordersOn({ runner, store, desk }: OrderParts): OrderCommands {
  const onOrder = (head: CommandHead & { readonly orderId: string }, type: 'ship' | 'deliver') =>
    runner.run(orders, streams.order(head.orderId), { head, command: { type, at: head.at } });
  return {
    placeOrder: ({ order, ...head }) =>
      runner.run(orders, streams.order(order.orderId), { head, command: { type: 'place', at: head.at, order } }),
    cancelOrder: ({ orderId, reason, ...head }) =>
      runner.run(orders, streams.order(orderId), { head, command: { type: 'cancel', at: head.at, reason } }),
    markShipped: (command) => onOrder(command, 'ship'),
    markDelivered: (command) => onOrder(command, 'deliver'),
    registerCustomer: ({ customerId, profile, ...head }) => {
      const command = { type: 'register', at: head.at, customerId, profile } as const;
      return runner.run(customers, streams.customer(customerId), { head, command });
    },
    updateCustomer: ({ customerId, changes, ...head }) =>
      runner.run(customers, streams.customer(customerId), { head, command: { type: 'update', at: head.at, changes } }),
    changeStock: ({ productId, delta, reason, ...head }) => {
      const command = { type: 'change', productId, delta, reason } as const;
      return runner.run(stocks, streams.stock(productId), { head, command });
    },
    countStock: ({ productId, onHand, ...head }) =>
      runner.run(stocks, streams.stock(productId), { head, command: { type: 'count', productId, onHand } }),
    settlePayment: async ({ orderId, outcome, ...head }) => ({
      ...(await desk.settle(head, orderId, outcome)),
      repeated: false,
    }),
    order: (orderId) => runner.read(orders, streams.order(orderId)),
    stock: (productId) => runner.read(stocks, streams.stock(productId)),
    payment: (orderId) => runner.read(payments, streams.payment(orderId)),
    customer: (customerId) => runner.read(customers, streams.customer(customerId)),
    eventsOf: async (stream, range) => (await store.events(stream, range)).map(storedEventOf),
    stateAt: (stream, timeMs) => stateOfStreamAt(store, stream, timeMs),
  };
}
