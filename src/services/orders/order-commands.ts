import type { Codec } from '../../codec/codec.ts';
import type { Customer, CustomerChanges } from '../../core/orders/customer.ts';
import type { Stock, StockCommand } from '../../core/orders/inventory.ts';
import type { Order, OrderWish } from '../../core/orders/order.ts';
import type { Payment } from '../../core/orders/payment.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { makeEventStore } from '../../postgres/event-store/event-store.ts';
import type { Pool } from '../../postgres/pool.ts';
import type { SetAside } from '../../postgres/set-aside.ts';
import { makeCommandRunner } from './command-runner.ts';
import { ordersOn } from './orders-on.ts';
import { makeOutboxPublisher } from './outbox-publisher.ts';
import { makePaymentDesk } from './payment-desk.ts';
import type { PaymentGateway } from './payment-gateway.ts';
import { makeSimulatedGateway } from './simulated-gateway.ts';

/** What every command carries. */
export interface CommandHead {
  /** Same id, same effect: a repetition changes nothing and gets the first answer. 1 to 300 characters. */
  readonly commandId: string;
  /** When it happens, ms since 1970-01-01 UTC. */
  readonly at: number;
  /** Who asks, for the audit trail: a customer's id, an operator's, a service's. */
  readonly actor?: string | undefined;
  /** Version that the caller has read; another one refuses the command. @default any */
  readonly expectedVersion?: number | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly sagaId?: string | undefined;
}

/** An aggregate as it is. */
export interface Versioned<State> {
  /** Name of its stream in the event store, see `streams` of `aggregates.ts`. */
  readonly stream: string;
  readonly version: number;
  readonly state: State;
}

/** What a command led to: the state after it, also when it is repeated later. */
export interface Carried<State> extends Versioned<State> {
  /** True when the command had been carried out before. */
  readonly repeated: boolean;
}

/** One event as the store holds it: the audit trail of its stream. */
export interface StoredEvent {
  readonly eventId: string;
  readonly stream: string;
  readonly version: number;
  /** Such as `order-placed`, see `src/core/orders`. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened, ms since 1970-01-01 UTC. */
  readonly at: number;
  /** When it was stored. */
  readonly recordedAt: number;
  readonly commandId: string;
  readonly actor: string | null;
  readonly sagaId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

/** State of a stream at a time, with the events that led to it counted. */
export interface StateAt {
  readonly stream: string;
  readonly version: number;
  /** When its last event before the time asked for happened. */
  readonly at: number;
  readonly state: Order | Stock | Payment | Customer;
}

/**
 * Commands on orders, stock, payments and customers. Each is one transaction: its events, the state after them and the
 * events to be published are stored together or not at all. A refusal is an `AppError` of the area ORDER whose
 * status fits HTTP; a refusal of the rules is an answer as well and is repeated for the same command id.
 */
export interface OrderCommands {
  /** Places an order; stock and payment follow by the saga. */
  placeOrder(command: CommandHead & { readonly order: OrderWish }): Promise<Carried<Order>>;
  /** Cancels an order that is not approved yet; what was reserved and paid goes back by the saga. */
  cancelOrder(command: CommandHead & { readonly orderId: string; readonly reason: string }): Promise<Carried<Order>>;
  markShipped(command: CommandHead & { readonly orderId: string }): Promise<Carried<Order>>;
  markDelivered(command: CommandHead & { readonly orderId: string }): Promise<Carried<Order>>;
  registerCustomer(
    command: CommandHead & { readonly customerId: string; readonly profile: Omit<CustomerChanges, 'status'> },
  ): Promise<Carried<Customer>>;
  updateCustomer(
    command: CommandHead & { readonly customerId: string; readonly changes: CustomerChanges },
  ): Promise<Carried<Customer>>;
  /** Adds pieces to the stock, or takes them away with a negative number. The first change makes the product known. */
  changeStock(
    command: CommandHead & {
      readonly productId: string;
      readonly delta: number;
      readonly reason: Extract<StockCommand, { readonly type: 'change' }>['reason'];
    },
  ): Promise<Carried<Stock>>;
  /** Sets the stock to what was counted. */
  countStock(command: CommandHead & { readonly productId: string; readonly onHand: number }): Promise<Carried<Stock>>;
  /** Tells how a payment ended that the provider had left open, as its notification says. */
  settlePayment(
    command: CommandHead & { readonly orderId: string; readonly outcome: 'captured' | 'declined' },
  ): Promise<Carried<Payment>>;

  order(orderId: string): Promise<Versioned<Order> | null>;
  stock(productId: string): Promise<Versioned<Stock> | null>;
  /** The payment of an order. */
  payment(orderId: string): Promise<Versioned<Payment> | null>;
  customer(customerId: string): Promise<Versioned<Customer> | null>;
  /** Events of a stream, oldest first; none when there is no such stream. */
  eventsOf(stream: string, range?: EventRange): Promise<readonly StoredEvent[]>;
  /** State of a stream at a time, ms since 1970-01-01 UTC; null when it had no event by then. */
  stateAt(stream: string, timeMs: number): Promise<StateAt | null>;
}

export interface EventRange {
  /** @default 1 */
  readonly fromVersion?: number;
  /** Events of this time and before only, ms since 1970-01-01 UTC. */
  readonly untilMs?: number;
  /** @default 1000 */
  readonly limit?: number;
}

export interface OrderCommandsOptions {
  readonly pool: Pool;
  /**
   * Publishes what a command left in the outbox before the command's promise resolves, unless the cluster is slow.
   * @default - the sweep publishes it, within a second on one machine and within a minute on AWS
   */
  readonly publisher?: Pick<EventPublisher, 'publish'> | undefined;
  /** Encodes events as the publisher does. @default one of derived schema ids */
  readonly codec?: Codec | undefined;
  /** Told of each event that is put aside because the log refuses it. @default nobody */
  readonly onSetAside?: ((event: SetAside) => void) | undefined;
  /** @default the simulated provider, whose books are in the same database */
  readonly gateway?: PaymentGateway | undefined;
}

/** Makes the commands on a database; nothing connects before the first one. */
export function makeOrderCommands({
  pool,
  publisher,
  codec,
  onSetAside,
  gateway,
}: OrderCommandsOptions): OrderCommands {
  const outbox = publisher === undefined ? undefined : makeOutboxPublisher({ pool, publisher, onSetAside });
  const store = makeEventStore(pool);
  const runner = makeCommandRunner({ store, codec, onAppended: async () => outbox?.publishSoon() });
  const desk = makePaymentDesk({ runner, gateway: gateway ?? makeSimulatedGateway(pool) });
  return ordersOn({ runner, store, desk });
}
