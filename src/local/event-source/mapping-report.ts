import { AppError } from '../../core/errors/app-error.ts';
import type { InvocationOutcome, Verdict } from '../../core/event-source-policy.ts';
import type { PartitionState } from './partition-state.ts';
import type { ConsumerSourceOptions, MappingStatus } from './source-options.ts';

/** Counts what a mapping does, and logs what goes wrong. */
export class MappingReport {
  readonly #topic: string;
  readonly #options: Pick<ConsumerSourceOptions, 'consumer' | 'log'>;
  #inFlight = 0;
  #invocations = 0;
  #failedInvocations = 0;
  filtered = 0;
  lastError: string | null = null;

  constructor(topic: string, options: Pick<ConsumerSourceOptions, 'consumer' | 'log'>) {
    this.#topic = topic;
    this.#options = options;
  }

  started(records: number): void {
    this.#invocations += 1;
    this.#inFlight += records;
  }

  ended(records: number): void {
    this.#inFlight -= records;
  }

  verdict({ decisions, malformed }: Verdict, outcome: InvocationOutcome): void {
    const again = decisions.filter(({ misses }) => misses > 0);
    if (again.length === 0) return;
    this.#failedInvocations += 1;
    const { code, message } = failureOf(outcome, malformed);
    this.lastError = message;
    const partitions = again.map(({ partition, next, retries, retryInMs }) => ({
      partition,
      next,
      failures: retries[0]?.failures ?? 0,
      retryInMs,
    }));
    const fields = { consumer: this.#options.consumer.name, topic: this.#topic, code, partitions };
    this.#options.log.warn(fields, `records are delivered again: ${message}`);
  }

  status(states: readonly PartitionState[], givenUpRecords: number, paused: boolean): MappingStatus {
    return {
      consumer: this.#options.consumer.name,
      topic: this.#topic,
      partitions: states.length,
      lagRecords: states.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
      inFlightRecords: this.#inFlight,
      bufferedRecords: states.reduce((sum, { buffer }) => sum + buffer.records, 0),
      filteredRecords: this.filtered,
      givenUpRecords,
      invocations: this.#invocations,
      failedInvocations: this.#failedInvocations,
      paused,
      lastError: this.lastError,
    };
  }
}

function failureOf(outcome: InvocationOutcome, malformed: string | null) {
  if (outcome.kind !== 'answered') return outcome;
  if (malformed === null) return { code: null, message: 'the function handed records back' };
  const { code, message } = new AppError('EVENTBUS_SOURCE_RESPONSE', malformed);
  return { code, message };
}
