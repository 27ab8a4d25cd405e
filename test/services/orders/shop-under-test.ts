import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { AppError } from '../../../src/core/errors/app-error.ts';
import type { OrderWish } from '../../../src/core/orders/order.ts';
import type { OutgoingEvent } from '../../../src/kafka/publisher.ts';
import { makeOrderCommands, type OrderCommands } from '../../../src/services/orders/order-commands.ts';
import {
  makeOutboxPublisher,
  type OutboxPublisher,
  type OutboxPublisherOptions,
} from '../../../src/services/orders/outbox-publisher.ts';
import type { TestDatabase } from '../../make/postgres.ts';

const tables =
  'event_stream, stored_event, handled_command, outbox, saga_instance, simulated_payment, skipped_record, consumer_position';
export const startMs = Date.UTC(2026, 4, 4);

export function wish(orderId: string, changes: Partial<OrderWish['payment']> = {}): OrderWish {
  return {
    orderId,
    customerId: 'c1',
    currency: 'EUR',
    lines: [{ productId: 'p1', quantity: 2, unitPriceMinor: 500 }],
    payment: { method: 'CREDIT_CARD', instrument: 'tok_visa', installments: 1, ...changes },
  };
}

/** A log that a test holds up or lets fail. */
export class ScriptedLog {
  readonly events: OutgoingEvent[] = [];
  before: () => Promise<void> = async () => {};
  after: () => Promise<void> = async () => {};
  /** Why the log will not take an event; null when it does. */
  refusal: (event: OutgoingEvent) => AppError | null = () => null;

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    await this.before();
    const refusals = events.map((event) => this.refusal(event)).filter((found) => found !== null);
    if (refusals[0] !== undefined) throw refusals[0];
    this.events.push(...events);
    await this.after();
  }

  get ids(): readonly string[] {
    return this.events.map(({ event }) => event.id);
  }
}

/** One database and the commands on it, for the cases of a suite. */
export interface ShopUnderTest {
  readonly database: TestDatabase;
  readonly commands: OrderCommands;
  readonly log: ScriptedLog;
}

/** Opens the database before the suite and empties it before each case. */
export function shopForSuite(open: () => Promise<TestDatabase>): () => ShopUnderTest {
  let database: TestDatabase;
  let shop: ShopUnderTest;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.pool.query(`truncate ${tables}; update outbox_lease set holder = null, wanted = 0`);
    shop = { database, commands: makeOrderCommands({ pool: database.pool }), log: new ScriptedLog() };
  });
  return () => shop;
}

/** Ten pieces, or so many, of the product that all orders want. */
export function receive({ commands }: ShopUnderTest, commandId: string, delta = 10) {
  return commands.changeStock({ commandId, at: startMs, productId: 'p1', delta, reason: 'RECEIVED' });
}

export function outboxOf(
  { database, log }: ShopUnderTest,
  { leaseMs = 10_000, onSetAside }: Pick<OutboxPublisherOptions, 'leaseMs' | 'onSetAside'> = {},
): OutboxPublisher {
  const publisher = { pool: database.pool, publisher: log, batchSize: 3, leaseMs, patienceMs: 20 };
  return makeOutboxPublisher({ ...publisher, onSetAside });
}
