import type { Codec } from '../../codec/codec.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { makeEventStore } from '../../postgres/event-store/event-store.ts';
import type { Pool } from '../../postgres/pool.ts';
import type { SetAside } from '../../postgres/set-aside.ts';
import { makeCommandRunner } from './command-runner.ts';
import { makeOutboxPublisher, type OutboxPublisher } from './outbox-publisher.ts';
import { makePaymentDesk } from './payment-desk.ts';
import type { PaymentGateway } from './payment-gateway.ts';
import { makeSagaDriver, type SagaDriver } from './saga-driver.ts';
import { makeSagaStore, type SagaStore } from './saga-store.ts';
import { makeSagaTasks } from './saga-tasks.ts';
import { makeSimulatedGateway } from './simulated-gateway.ts';

export interface SagaPartsOptions {
  readonly pool: Pool;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  /** Encodes events as the publisher does. @default one of derived schema ids */
  readonly codec?: Codec | undefined;
  /** Told why events could not be published at once. */
  readonly onPublishFailure: (error: unknown) => void;
  /** Told of each event that is put aside because the log refuses it. @default nobody */
  readonly onSetAside?: ((event: SetAside) => void) | undefined;
  /** @default the simulated provider */
  readonly gateway?: PaymentGateway | undefined;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: (() => number) | undefined;
}

/** What functions drive sagas with. Commands leave their events in the outbox; the function publishes after each batch. */
export interface SagaParts {
  readonly driver: SagaDriver;
  readonly store: SagaStore;
  readonly outbox: OutboxPublisher;
}

/** Makes the driver over a database. */
export function makeSagaParts(options: SagaPartsOptions): SagaParts {
  const { pool, publisher, codec, onPublishFailure, onSetAside } = options;
  const { gateway = makeSimulatedGateway(pool), clock = Date.now } = options;
  const events = makeEventStore(pool);
  const runner = makeCommandRunner({ store: events, codec });
  const desk = makePaymentDesk({ runner, gateway });
  const tasks = makeSagaTasks({ runner, store: events, desk, clock });
  const store = makeSagaStore(pool);
  return {
    driver: makeSagaDriver({ store, tasks, runner, clock }),
    store,
    outbox: makeOutboxPublisher({ pool, publisher, onFailure: onPublishFailure, onSetAside }),
  };
}
