import { AppError } from '../../core/errors/app-error.ts';
import { type Delivery, type InvocationOutcome, judge } from '../../core/event-source-policy.ts';
import { packBatch } from './invocation-batch.ts';
import { type BatchLimits, type NextInvocation, nextInvocation, type Part } from './next-invocation.ts';
import type { PartitionState } from './partition-state.ts';
import { type ConsumerSourceOptions, type MappingStatus, tuningDefaults } from './source-options.ts';

/** One topic of one consumer: its partitions, and the invocations for their records. */
export class Mapping {
  readonly topic: string;
  readonly #options: ConsumerSourceOptions;
  readonly #limits: BatchLimits;
  readonly #source: { readonly eventSourceArn: string; readonly bootstrapServers: string };
  #states: PartitionState[] = [];
  #turn = 0;
  #inFlight = 0;
  #invocations = 0;
  #failedInvocations = 0;
  #lastError: string | null = null;
  paused = false;

  constructor(topic: string, options: ConsumerSourceOptions) {
    const { consumer, connection, tuning } = options;
    this.topic = topic;
    this.#options = options;
    this.#limits = {
      batchSize: consumer.batchSize,
      batchWindowMs: consumer.batchWindowMs,
      maxJsonLength: tuning.maxJsonLength ?? tuningDefaults.maxJsonLength,
    };
    this.#source = {
      eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/event-bus/00000000-0000-0000-0000-000000000000-0',
      bootstrapServers: connection.bootstrapServers,
    };
  }

  get states(): readonly PartitionState[] {
    return this.#states;
  }

  replaceStates(states: readonly PartitionState[]): void {
    this.#states = [...states].sort((left, right) => left.partition - right.partition);
  }

  /** Every partition gets its turn at the head of a batch. */
  next(nowMs: number): NextInvocation {
    if (this.paused) return { atMs: Number.POSITIVE_INFINITY };
    const at = this.#states.length === 0 ? 0 : this.#turn % this.#states.length;
    const inTurn = at === 0 ? this.#states : [...this.#states.slice(at), ...this.#states.slice(0, at)];
    return nextInvocation(inTurn, this.#limits, nowMs);
  }

  /** Delivers the records and takes in the verdict; never rejects. */
  async deliver(parts: readonly Part[]): Promise<void> {
    this.#turn += 1;
    this.#invocations += 1;
    const records = parts.reduce((sum, { portion }) => sum + portion.records, 0);
    this.#inFlight += records;
    for (const { state } of parts) state.busy = true;
    const outcome = await this.#invoke(parts);
    for (const { state } of parts) state.busy = false;
    this.#inFlight -= records;
    this.#settle(parts, outcome);
  }

  failed(error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error);
  }

  /** Something went well again. */
  recovered(): void {
    if (this.#states.every(({ failures }) => failures === 0)) this.#lastError = null;
  }

  status(): MappingStatus {
    return {
      consumer: this.#options.consumer.name,
      topic: this.topic,
      partitions: this.#states.length,
      lagRecords: this.#states.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
      inFlightRecords: this.#inFlight,
      bufferedRecords: this.#states.reduce((sum, { buffer }) => sum + buffer.records, 0),
      invocations: this.#invocations,
      failedInvocations: this.#failedInvocations,
      paused: this.paused,
      lastError: this.#lastError,
    };
  }

  async #invoke(parts: readonly Part[]): Promise<InvocationOutcome> {
    const places = parts.map(({ state, portion }) => ({ topic: state.topic, partition: state.partition, portion }));
    try {
      const answer = await this.#options.target.invoke({ kind: 'kafka', batch: packBatch(places, this.#source) });
      return { kind: 'answered', answer };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', code: error instanceof AppError ? error.code : 'EVENTBUS_FUNCTION_FAILED', message };
    }
  }

  #settle(parts: readonly Part[], outcome: InvocationOutcome): void {
    const { tuning } = this.#options;
    const deliveries = parts.map(
      ({ state, portion }): Delivery => ({
        partition: state.name,
        first: portion.first,
        end: portion.end,
        failures: state.failures,
      }),
    );
    const around = { backoff: tuning.backoff ?? tuningDefaults.backoff, random: Math.random };
    const { decisions, malformed } = judge(outcome, deliveries, around);
    for (const [index, { next, retryInMs, failures }] of decisions.entries()) {
      const state = parts[index]?.state;
      if (state === undefined || state.revoked) continue;
      state.buffer.settle(next);
      state.failures = failures;
      state.retryAtMs = retryInMs === null ? 0 : Date.now() + retryInMs;
    }
    this.#report(decisions, outcome, malformed);
  }

  #report(
    decisions: ReturnType<typeof judge>['decisions'],
    outcome: InvocationOutcome,
    malformed: string | null,
  ): void {
    const again = decisions.filter(({ retryInMs }) => retryInMs !== null);
    if (again.length === 0) return this.recovered();
    this.#failedInvocations += 1;
    const { code, message } = failureOf(outcome, malformed);
    this.#lastError = message;
    const fields = {
      consumer: this.#options.consumer.name,
      topic: this.topic,
      code,
      partitions: again.map(({ partition, next, failures, retryInMs }) => ({ partition, next, failures, retryInMs })),
    };
    this.#options.log.warn(fields, `records are delivered again: ${message}`);
  }
}

function failureOf(outcome: InvocationOutcome, malformed: string | null) {
  if (outcome.kind === 'failed') return outcome;
  if (malformed === null) return { code: null, message: 'the function handed records back' };
  const { code, message } = new AppError('EVENTBUS_SOURCE_RESPONSE', malformed);
  return { code, message };
}
