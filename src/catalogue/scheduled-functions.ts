import { eventSources } from './event-routing.ts';

/** A function that the clock calls. */
export interface ScheduledFunction {
  /** Function name; `lambdas/<name>.ts` is its wiring. */
  readonly name: string;
  /** Minutes between calls on AWS, whose schedules know no seconds. */
  readonly everyMinutes: number;
  /** Wait between calls on one machine, ms. */
  readonly localEveryMs: number;
  /** Topics that it publishes to. */
  readonly topics: readonly string[];
  /** Event-router source of its notices. @default it sends none */
  readonly noticeSource?: string;
  /** Whether it sends messages to devices. @default false */
  readonly sendsToDevices?: boolean;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly description: string;
}

/** Name of the function that looks after sagas and the outbox. */
export const orderSweeper = 'order-sweeper';

/** Name of the function that does what is due in the fleet although no event comes. */
export const fleetClock = 'fleet-clock';

export const scheduledFunctions = [
  {
    name: orderSweeper,
    everyMinutes: 1,
    localEveryMs: 1_000,
    topics: ['order-events', 'inventory-events', 'payment-events', 'customer-events'],
    noticeSource: eventSources.orders,
    memoryMb: 512,
    timeoutMs: 50_000,
    description:
      'Takes sagas on whose deadline has passed, publishes what is left in the outbox, tells of stuck sagas.',
  },
  {
    name: fleetClock,
    everyMinutes: 1,
    localEveryMs: 1_000,
    topics: [
      'vehicle.commands.v1',
      'fleet.operations.v1',
      'fleet.dispatch.v1',
      'fleet.capacity.v1',
      'safety.fallback.v1',
      'safety.compliance.v1',
      'safety.audit.v1',
    ],
    sendsToDevices: true,
    memoryMb: 512,
    timeoutMs: 50_000,
    description:
      'Ends commands and dispatches whose time is over, sends commands again, finds silent vehicles, measures capacity.',
  },
] as const satisfies readonly ScheduledFunction[];
