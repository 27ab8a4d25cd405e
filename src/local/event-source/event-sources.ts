import type { Consumer } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { ConsumerSource } from './consumer-source.ts';
import type { FailureSinks } from './failure-destination.ts';
import type { Invocable, MappingStatus, SourceLog, SourceTuning } from './source-options.ts';

export type { MappingStatus } from './source-options.ts';

export interface EventSourcesOptions {
  /** `host:port,host:port`, or a connection with its security settings. */
  readonly bootstrapServers: string | KafkaConnection;
  readonly consumers: readonly Consumer[];
  /** Functions by the name of their consumer. */
  readonly functions: ReadonlyMap<string, Invocable>;
  readonly log: SourceLog;
  readonly tuning?: SourceTuning;
  /** Needed by consumers with an on-failure destination. */
  readonly failureSinks?: FailureSinks;
}

export interface EventSources {
  /** One entry a consumer and topic. */
  status(): readonly MappingStatus[];
  /** Holds deliveries of a consumer, or of all; invocations that run come to their end. */
  pause(consumer?: string, topic?: string): void;
  resume(consumer?: string, topic?: string): void;
  /** Resolves when every record in the log is settled and committed, those published on the way included. */
  drained(signal?: AbortSignal): Promise<void>;
  /** Lets running invocations end, commits, and leaves the groups. */
  close(): Promise<void>;
}

const drainStepMs = 50;

/**
 * Starts the event source mappings of the consumers, one a consumer and topic: records of a topic go to the consumer's
 * function as MSK events, in order within a partition, at least once. The broker need not be there yet.
 */
export function startEventSources(options: EventSourcesOptions): EventSources {
  const { consumers, functions, log, tuning = {}, bootstrapServers, failureSinks } = options;
  const connection = typeof bootstrapServers === 'string' ? { bootstrapServers } : bootstrapServers;
  const named = consumers.map((consumer) => {
    const target = functions.get(consumer.name);
    if (target === undefined) throw new AppError('EVENTBUS_SOURCE_FUNCTION_MISSING', `"${consumer.name}"`);
    if (consumer.onFailure !== undefined && failureSinks === undefined) {
      throw new AppError('EVENTBUS_SOURCE_DESTINATION_MISSING', `"${consumer.name}" names ${consumer.onFailure}`);
    }
    return { consumer, target };
  });
  const sources = new Map(
    named.map(({ consumer, target }) => [
      consumer.name,
      new ConsumerSource({ consumer, connection, target, log, tuning, failureSinks }),
    ]),
  );
  const all = [...sources.values()];
  const setPaused = (paused: boolean, consumer?: string, topic?: string) => {
    for (const [name, source] of sources) if (consumer === undefined || consumer === name) source.pause(topic, paused);
  };
  return {
    status: () => all.flatMap((source) => source.status()),
    pause: (consumer, topic) => setPaused(true, consumer, topic),
    resume: (consumer, topic) => setPaused(false, consumer, topic),
    async drained(signal) {
      while (!(await caughtUp(all))) {
        signal?.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, drainStepMs));
      }
      await Promise.all(all.map((source) => source.flush()));
    },
    async close() {
      await Promise.all(all.map((source) => source.close()));
    },
  };
}

/**
 * One consumer's output is another's input: all are caught up only when no invocation began while they were asked,
 * since an invocation may have published behind the back of one asked earlier.
 */
async function caughtUp(sources: readonly ConsumerSource[]): Promise<boolean> {
  const before = sources.reduce((sum, { invocations }) => sum + invocations, 0);
  const answers = await Promise.all(sources.map((source) => source.caughtUp().catch(() => false)));
  const after = sources.reduce((sum, { invocations }) => sum + invocations, 0);
  return before === after && answers.every(Boolean);
}
