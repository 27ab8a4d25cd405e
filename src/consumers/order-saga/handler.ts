import { skipRecorder } from '../../postgres/skipped-records.ts';
import { makeSagaParts } from '../../services/orders/saga-parts.ts';
import { failureOf } from '../batch/failure.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeSagaProcessor, orderSagaName } from './processor.ts';

/** Events of orders, stock and payments in; commands on them out, until each order is completed or undone. */
export function makeOrderSaga(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  const { driver, outbox } = makeSagaParts({
    pool,
    publisher,
    onPublishFailure: (error) => {
      const { code, message } = failureOf(error);
      log.warn({ code }, `events wait in the outbox: ${message}`);
    },
  });
  return makeBatchHandler({
    consumer: declaredConsumer(orderSagaName),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeSagaProcessor({ pool, driver, outbox }),
  });
}
