import { tellOfSetAside } from '../../postgres/set-aside.ts';
import { makeSagaParts } from '../../services/orders/saga-parts.ts';
import { failureOf } from '../batch/failure.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { makeSagaProcessor, orderSagaName } from './processor.ts';

/** Events of orders, stock and payments in; commands on them out, until each order is completed or undone. */
export function makeOrderSaga(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { log, pool, publisher, codec } = runtime;
  const { driver, outbox } = makeSagaParts({
    pool,
    publisher,
    codec,
    onSetAside: tellOfSetAside(log),
    onPublishFailure: (error) => {
      const { code, message } = failureOf(error);
      log.warn({ code }, `events wait in the outbox: ${message}`);
    },
  });
  return makeDeclaredHandler(orderSagaName, runtime, makeSagaProcessor({ pool, driver, outbox }));
}
