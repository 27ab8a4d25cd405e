import type { DeviceDownlink } from '../../ports/device-downlink/device-downlink.ts';
import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { commandDispatcher, makeDispatcherProcessor } from './processor.ts';

/** Commands and vehicles' replies in; messages to vehicles, steps and audit entries out. */
export function makeCommandDispatcher(runtime: Omit<Runtime, 'close'>, downlink: DeviceDownlink): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(commandDispatcher),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeDispatcherProcessor({ pool, codec, publisher, downlink, log, clock: Date.now }),
  });
}
