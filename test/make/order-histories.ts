import type { PaymentMethod } from '../../src/catalogue/events.generated.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import { hasEnded } from '../../src/core/orders/saga.ts';
import { Crash, type OrderWorld, orderWorld, toldBy } from './order-world.ts';

/** One thing that happens to the shop from outside. */
export type Happening =
  | {
      readonly do: 'place';
      readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
      readonly instrument: string;
    }
  | { readonly do: 'cancel'; readonly order: number }
  | { readonly do: 'stock'; readonly productId: string; readonly delta: number }
  | { readonly do: 'settle'; readonly order: number; readonly outcome: 'captured' | 'declined' }
  /** So many events reach the saga side by side, out of order, some of them twice. */
  | { readonly do: 'deliver'; readonly count: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'provider'; readonly away: boolean };

export interface History {
  readonly seed: number;
  /** Probability of a crash at each boundary between two effects. */
  readonly crashes: number;
  readonly happenings: readonly Happening[];
}

/** Events on their way to the saga; one that was not processed to its end is delivered again. */
class Delivery {
  readonly #world: OrderWorld;
  readonly #random: () => number;
  #taken = 0;
  #waiting: OrderWorld['memory']['outbox'] = [];

  constructor(world: OrderWorld, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  get empty(): boolean {
    this.#take();
    return this.#waiting.length === 0;
  }

  #take(): void {
    const { outbox } = this.#world.memory;
    this.#waiting.push(...outbox.slice(this.#taken));
    this.#taken = outbox.length;
  }

  async some(count: number): Promise<void> {
    this.#take();
    const chosen = Array.from({ length: Math.min(count, this.#waiting.length) }, () => {
      const [entry] = this.#waiting.splice(Math.floor(this.#random() * Math.min(6, this.#waiting.length)), 1);
      return entry;
    });
    await Promise.all(
      chosen.map(async (entry) => {
        if (entry === undefined) return;
        if (!(await survives(() => this.#deliver(entry))) || this.#random() < 0.15) this.#waiting.push(entry);
      }),
    );
  }

  async #deliver(entry: OrderWorld['memory']['outbox'][number]): Promise<void> {
    const told = toldBy(entry);
    if (told === null) return;
    const { orderId, fact, begins } = told;
    await this.#world.driver.tell(orderId, { facts: [fact], begins, causationId: entry.eventId });
  }
}

/** Runs a piece of work as a process does that may die in it; true when it came to its end. */
async function survives(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Crash || error instanceof AppError) return false;
    throw error;
  }
}

const payment = (instrument: string) => ({ method: 'CREDIT_CARD' as PaymentMethod, instrument, installments: 1 });

/** Plays a history, then lets everything come to rest without further faults, and hands out the world for judgement. */
export async function playHistory(history: History, random: () => number): Promise<OrderWorld> {
  let faults = true;
  const world = orderWorld(async () => {
    if (!faults) return;
    for (let turns = Math.floor(random() * 3); turns > 0; turns -= 1) await Promise.resolve();
    if (random() < history.crashes) throw new Crash();
  });
  const delivery = new Delivery(world, random);
  faults = false;
  for (const productId of ['p1', 'p2', 'p3'])
    await change(world, { commandId: `begin-${productId}`, productId, delta: 5 });
  faults = true;
  for (const [index, happening] of history.happenings.entries()) await happen(world, delivery, { happening, index });
  faults = false;
  world.gateway.away = false;
  await rest(world, delivery);
  return world;
}

function change({ commands, clock }: OrderWorld, what: { commandId: string; productId: string; delta: number }) {
  return commands.changeStock({ ...what, at: clock.nowMs, reason: 'RECEIVED' });
}

async function happen(
  world: OrderWorld,
  delivery: Delivery,
  { happening, index }: { readonly happening: Happening; readonly index: number },
): Promise<void> {
  const { commands, clock, gateway, memory } = world;
  const head = { commandId: `command-${index}`, at: clock.nowMs };
  const placed = memory.rows.filter(({ type }) => type === 'order-placed').map(({ streamId }) => streamId.slice(6));
  switch (happening.do) {
    case 'place': {
      const lines = happening.lines.map((line) => ({ ...line, unitPriceMinor: 100 }));
      const order = {
        orderId: `o${index}`,
        customerId: 'c1',
        currency: 'EUR',
        lines,
        payment: payment(happening.instrument),
      };
      // A caller without an answer asks again.
      await survives(() => commands.placeOrder({ ...head, order }));
      await survives(() => commands.placeOrder({ ...head, order }));
      return;
    }
    case 'cancel': {
      const orderId = placed[happening.order];
      if (orderId === undefined) return;
      await Promise.all([
        survives(() => commands.cancelOrder({ ...head, orderId, reason: 'customer' })),
        delivery.some(2),
      ]);
      return;
    }
    case 'stock':
      await survives(() => change(world, { ...head, productId: happening.productId, delta: happening.delta }));
      return;
    case 'settle': {
      const orderId = placed[happening.order];
      const { outcome } = happening;
      if (orderId !== undefined) await survives(() => commands.settlePayment({ ...head, orderId, outcome }));
      return;
    }
    case 'deliver':
      return delivery.some(happening.count);
    case 'wait':
      clock.nowMs += happening.seconds * 1_000;
      return sweep(world);
    case 'provider':
    default:
      gateway.away = happening.away;
  }
}

async function sweep({ sagas, driver, clock }: OrderWorld): Promise<void> {
  for (const orderId of await sagas.due(clock.nowMs, 100)) {
    const facts = [{ type: 'deadline' }] as const;
    await survives(() => driver.tell(orderId, { facts, begins: false, causationId: null }));
  }
}

async function rest(world: OrderWorld, delivery: Delivery): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    while (!delivery.empty) await delivery.some(20);
    if ([...world.sagas.sagas.values()].every(({ saga }) => hasEnded(saga))) return;
    world.clock.nowMs += 86_400_000;
    await sweep(world);
  }
}
