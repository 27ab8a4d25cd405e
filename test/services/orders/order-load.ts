import { setTimeout as sleep } from 'node:timers/promises';
import { makeCodec } from '../../../src/codec/codec.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OrderWish } from '../../../src/core/orders/order.ts';
import { makePublisher } from '../../../src/kafka/publisher.ts';
import type { Endpoints } from '../../../src/local/platform/endpoints.ts';
import { makePool } from '../../../src/postgres/pool.ts';
import { makeOrderCommands, type OrderCommands } from '../../../src/services/orders/order-commands.ts';

/** Ways to pay; what each of them leads to is a matter of the simulated provider. */
const instruments = ['visa', 'visa', 'visa', 'declined', 'visa', 'try_again', 'visa', 'timeout', 'visa', 'pending'];

/** The order of a number, always the same. One or two products of five, of which the last runs out. */
export function orderOf(index: number, nowMs: number): OrderWish {
  const productId = `p${1 + (index % 5)}`;
  const other = `p${1 + ((index * 7 + 3) % 5)}`;
  const line = { productId, quantity: 1 + (index % 3), unitPriceMinor: 1_000 + index };
  const instrument = `tok_${instruments[index % instruments.length]}`;
  return {
    orderId: `o${index}`,
    customerId: `c${index % 50}`,
    currency: 'EUR',
    lines: index % 2 === 0 || other === productId ? [line] : [line, { ...line, productId: other }],
    payment: { method: 'CREDIT_CARD', instrument, installments: 1, payBy: nowMs + 5_000 },
  };
}

export interface OrderLoad {
  readonly placed: number;
  /** Resolves when every order is placed. */
  readonly done: Promise<void>;
}

/** Customers who place orders, cancel every tenth of them, and ask again with the same command id until they are answered. */
export function placeOrders(count: number, endpoints: () => Endpoints): OrderLoad {
  const load = { placed: 0, done: Promise.resolve() };
  let next = 0;
  const worker = async () => {
    const shop = openShop(endpoints());
    for (let index = next++; index < count; index = next++) {
      const at = Date.now();
      const order = orderOf(index, at);
      await untilAnswered(() => shop.commands.placeOrder({ commandId: `place-${index}`, at, order }));
      load.placed += 1;
      if (index % 10 !== 4) continue;
      const cancel = { commandId: `cancel-${index}`, at: Date.now(), orderId: order.orderId, reason: 'customer' };
      await untilAnswered(() => shop.commands.cancelOrder(cancel));
    }
    await shop.close();
  };
  load.done = Promise.all(Array.from({ length: 6 }, worker)).then(() => undefined);
  return load;
}

interface Shop {
  readonly commands: OrderCommands;
  close(): Promise<void>;
}

/** The commands as a service of its own has them. */
export function openShop(endpoints: Endpoints): Shop {
  const pool = makePool(endpoints.postgres, { max: 1 });
  const publisher = makePublisher({
    connection: { bootstrapServers: endpoints.kafka },
    codec: makeCodec(),
    clientId: 'shop',
    deliveryTimeoutMs: 2_000,
  });
  return {
    commands: makeOrderCommands({ pool, publisher }),
    close: async () => {
      await publisher.close();
      await pool.end();
    },
  };
}

/** A refusal is an answer; that the database is away is none. */
async function untilAnswered(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (error instanceof AppError && error.failure === 'poison') return;
      if (!(error instanceof AppError)) throw error;
      await sleep(200);
    }
  }
}
