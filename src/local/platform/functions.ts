import type { Logger } from 'pino';
import type { Consumer } from '../../catalogue/model.ts';
import { deadLetterQueueName, type QueueConsumer } from '../../catalogue/queue-consumers.ts';
import type { ScheduledFunction } from '../../catalogue/scheduled-functions.ts';
import type { Counts } from '../../core/embedded-metrics.ts';
import { localFunctionEnvironment } from '../functions/function-environment.ts';
import { type FunctionHandle, startFunction } from '../functions/function-host.ts';
import type { Engines } from './engines.ts';

/** What a function of the catalogue needs to be started. */
type LocalFunction = Pick<Consumer | QueueConsumer | ScheduledFunction, 'name' | 'memoryMb' | 'timeoutMs'>;

export interface FunctionsOptions {
  readonly consumers: readonly LocalFunction[];
  readonly engines: Engines;
  /** Folders of the objects and of the routed events, and the file that tells the way to the devices. */
  readonly folders: { readonly objects: string; readonly events: string; readonly deviceDownlink: string };
  readonly log: Logger;
  readonly onMetrics: (counts: Counts) => void;
}

/** The functions of the consumers, each in a thread of its own that begins with the first record. */
export function makeFunctions(options: FunctionsOptions): ReadonlyMap<string, FunctionHandle> {
  return new Map(options.consumers.map((consumer) => [consumer.name, makeFunction(consumer, options)]));
}

function makeFunction(consumer: LocalFunction, options: FunctionsOptions): FunctionHandle {
  const { engines, folders, log, onMetrics } = options;
  const functionLog = log.child({ function: consumer.name });
  return startFunction({
    name: consumer.name,
    file: new URL(`../../../lambdas/${consumer.name}.ts`, import.meta.url).pathname,
    environment: localFunctionEnvironment({
      kafka: engines.kafka,
      databaseUrl: engines.postgres,
      objects: folders.objects,
      events: folders.events,
      deviceDownlink: folders.deviceDownlink,
      queue: { url: engines.queue.url, queueUrl: engines.queue.queueUrl(deadLetterQueueName(consumer.name)) },
    }),
    memoryMb: consumer.memoryMb,
    timeoutMs: consumer.timeoutMs,
    onMetrics,
    onLog: (line) => functionLog.info(line),
    onRestart: (error, waitMs) => functionLog.error({ code: error.code, waitMs }, error.message),
  });
}
