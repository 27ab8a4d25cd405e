import type { ErrorEntry } from './entry.ts';

export const orderErrors = {
  EVENTBUS_ORDER_UNKNOWN: {
    summary: 'there is no such order',
    remedy: 'Check the id; an order exists as soon as the command that placed it was answered.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_ORDER_EXISTS: {
    summary: 'the id is taken',
    remedy: 'Choose another id; to repeat a command safely, send it with the command id of the first time.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_INVALID: {
    summary: 'the command cannot be carried out as it stands',
    remedy: 'Correct the field and send the command again, with a new command id.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_ORDER_STATE: {
    summary: 'the order is past that point, or not there yet',
    remedy: 'Read the order again and decide by its present status.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_PRODUCT_UNKNOWN: {
    summary: 'no stock is kept of the product',
    remedy: 'Check the product id, or receive stock of it first.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_ORDER_STOCK_SHORT: {
    summary: 'there is not enough free stock',
    remedy: 'Order fewer pieces, or wait until stock is received.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_RESERVATION_UNKNOWN: {
    summary: 'the order has no reservation of the product',
    remedy: 'Reserve first; a reservation ends when it is released or taken.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_PAYMENT_UNKNOWN: {
    summary: 'there is no such payment',
    remedy: 'Check the order id: a payment exists as soon as the provider has answered.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_ORDER_PAYMENT_STATE: {
    summary: 'the payment is in a state that does not allow it',
    remedy: 'Read the payment again; only a captured payment is refunded, and only once.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_PAYMENT_PROVIDER: {
    summary: 'the payment provider gave no answer',
    remedy: 'The same request is sent again with the same idempotency key, so nothing is charged twice.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_ORDER_CUSTOMER_UNKNOWN: {
    summary: 'there is no such customer',
    remedy: 'Register the customer first.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_ORDER_CUSTOMER_STATE: {
    summary: 'the customer may not do that',
    remedy: 'A closed or erased customer stays so; a suspended one is made active again first.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_COMMAND_REUSED: {
    summary: 'the command id belongs to another command',
    remedy: 'Give every command an id of its own; only an exact repetition carries the same one.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_ORDER_COMMAND_REVOKED: {
    summary: 'the command was revoked before it was carried out',
    remedy: 'Nothing was changed and nothing will be; a new attempt needs a new command id.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_ORDER_VERSION: {
    summary: 'somebody else was faster',
    remedy: 'Read the state again, and send the command with the version read.',
    failure: 'poison',
    status: 412,
  },
  EVENTBUS_ORDER_CONTENTION: {
    summary: 'the command lost against others each time it was tried',
    remedy: 'Nothing was changed; send it again with the same command id.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_ORDER_UNPUBLISHABLE: {
    summary: 'the command leads to an event that the log would refuse',
    remedy: 'Nothing was changed. Send less in the command; if it is an ordinary one, the program is at fault.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_ORDER_SAGA_UNKNOWN: {
    summary: 'there is no such saga',
    remedy: 'List the sagas with event-bus sagas list.',
    failure: 'poison',
    status: 404,
  },
} as const satisfies Record<`EVENTBUS_ORDER_${string}`, ErrorEntry>;
