import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { WholeRuntime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { domainRouter, makeRouterProcessor } from './processor.ts';

/** Alerts and domain events in; events of the router out. */
export function makeDomainRouter(
  runtime: Pick<WholeRuntime, 'codec' | 'deadLetters' | 'log' | 'router'>,
): BatchHandler {
  const { codec, deadLetters, log, router } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(domainRouter),
    subjectOf,
    codec,
    deadLetters,
    log,
    processor: makeRouterProcessor(router),
  });
}
