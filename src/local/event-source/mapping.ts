import { randomUUID } from 'node:crypto';
import type { EventPattern } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';
import {
  type Delivery,
  type InvocationOutcome,
  judge,
  type RetryRules,
  retryRulesOf,
} from '../../core/event-source-policy.ts';
import { filterRecords } from './filter-records.ts';
import { GivingUp, type LastInvocation } from './giving-up.ts';
import { packBatch } from './invocation-batch.ts';
import { MappingReport } from './mapping-report.ts';
import {
  type BatchLimits,
  type GivenUpPart,
  type NextInvocation,
  nextInvocation,
  type Part,
} from './next-invocation.ts';
import type { PartitionState } from './partition-state.ts';
import type { RecordChunk } from './record-chunk.ts';
import { type ConsumerSourceOptions, type MappingStatus, tuningDefaults } from './source-options.ts';

/** Codes of invocations that did not take place, or not to their end for another one's sake. */
const notRunCodes: ReadonlySet<string> = new Set([
  'EVENTBUS_FUNCTION_THROTTLED',
  'EVENTBUS_FUNCTION_INTERRUPTED',
  'EVENTBUS_FUNCTION_CLOSED',
]);
/** Codes of invocations that may have ended their environment. */
const endingCodes: ReadonlySet<string> = new Set([
  'EVENTBUS_FUNCTION_TIMEOUT',
  'EVENTBUS_FUNCTION_CRASHED',
  'EVENTBUS_FUNCTION_OUT_OF_MEMORY',
]);

type Ended = InvocationOutcome & { readonly mayEndEnvironment: boolean };

/** One topic of one consumer: its partitions, and the invocations for their records. */
export class Mapping {
  readonly topic: string;
  readonly #options: ConsumerSourceOptions;
  readonly #limits: BatchLimits;
  readonly #rules: RetryRules;
  readonly #filters: readonly EventPattern[];
  readonly #source: { readonly eventSourceArn: string; readonly bootstrapServers: string };
  readonly #givingUp: GivingUp;
  readonly #report: MappingReport;
  readonly #lastInvocations = new WeakMap<PartitionState, LastInvocation>();
  #states: PartitionState[] = [];
  #turn = 0;
  paused = false;

  constructor(topic: string, options: ConsumerSourceOptions) {
    const { consumer, connection, tuning } = options;
    this.topic = topic;
    this.#options = options;
    this.#limits = {
      batchSize: consumer.batchSize,
      batchWindowMs: consumer.batchWindowMs,
      maxJsonLength: tuning.maxJsonLength ?? tuningDefaults.maxJsonLength,
      maxRecordAgeMs: consumer.maxRecordAgeMs ?? Number.POSITIVE_INFINITY,
    };
    this.#rules = retryRulesOf(consumer);
    this.#filters = consumer.filters ?? [];
    this.#source = {
      eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/event-bus/00000000-0000-0000-0000-000000000000-0',
      bootstrapServers: connection.bootstrapServers,
    };
    this.#givingUp = new GivingUp(topic, this.#source, options);
    this.#report = new MappingReport(topic, options);
  }

  get states(): readonly PartitionState[] {
    return this.#states;
  }

  replaceStates(states: readonly PartitionState[]): void {
    this.#states = [...states].sort((left, right) => left.partition - right.partition);
  }

  /** Takes in fetched records; those that no filter lets through are passed over here and now. */
  append(state: PartitionState, chunks: readonly RecordChunk[], nowMs: number): void {
    if (this.#filters.length === 0) return state.append(chunks, nowMs);
    const kept = chunks.map((chunk) => filterRecords(chunk, state, this.#filters));
    for (const [index, chunk] of chunks.entries()) {
      this.#report.filtered += chunk.offsets.length - (kept[index]?.offsets.length ?? 0);
    }
    state.append(kept, nowMs);
  }

  /** Every partition gets its turn at the head of a batch. */
  next(nowMs: number): NextInvocation {
    if (this.paused) return { atMs: Number.POSITIVE_INFINITY };
    const at = this.#states.length === 0 ? 0 : this.#turn % this.#states.length;
    const inTurn = at === 0 ? this.#states : [...this.#states.slice(at), ...this.#states.slice(0, at)];
    return nextInvocation(inTurn, this.#limits, nowMs);
  }

  /** Delivers the records and takes in the verdict; never rejects. Answers what was given up and has to go its way. */
  async deliver(parts: readonly Part[]): Promise<readonly GivenUpPart[]> {
    this.#turn += 1;
    const records = parts.reduce((sum, { portion }) => sum + portion.records, 0);
    this.#report.started(records);
    for (const { state } of parts) state.busy = true;
    const requestId = randomUUID();
    const outcome = await this.#invoke(parts, requestId);
    for (const { state } of parts) state.busy = false;
    this.#report.ended(records);
    return this.#settle(parts, outcome, requestId);
  }

  /** Brings records to the on-failure destination, however long it takes, and goes on behind them. Never rejects. */
  async giveUp({ state, givenUp }: GivenUpPart): Promise<void> {
    state.busy = true;
    await this.#givingUp.run({ state, givenUp }, this.#lastInvocations.get(state), (error) => this.failed(error));
    state.busy = false;
    if (state.revoked) return;
    state.passOver(givenUp.end);
    state.misses = 0;
    state.retryAtMs = 0;
    this.recovered();
  }

  /** Ends the attempts to reach a destination. */
  close(): void {
    this.#givingUp.close();
  }

  failed(error: unknown): void {
    this.#report.lastError = error instanceof Error ? error.message : String(error);
  }

  /** Something went well again. */
  recovered(): void {
    if (this.#states.every(({ misses }) => misses === 0)) this.#report.lastError = null;
  }

  status(): MappingStatus {
    return this.#report.status(this.#states, this.#givingUp.records, this.paused);
  }

  async #invoke(parts: readonly Part[], requestId: string): Promise<Ended> {
    const places = parts.map(({ state, portion }) => ({ topic: state.topic, partition: state.partition, portion }));
    const alone = parts.some(({ state }) => state.alone);
    const payload = { kind: 'kafka', batch: packBatch(places, this.#source) } as const;
    try {
      const answer = await this.#options.target.invoke(payload, { requestId, alone });
      return { kind: 'answered', answer, mayEndEnvironment: false };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof AppError ? error.code : 'EVENTBUS_FUNCTION_FAILED';
      const unclear = error instanceof AppError && error.details['unclear'] === true;
      const kind = notRunCodes.has(code) ? 'not-run' : 'failed';
      return { kind, code, message, mayEndEnvironment: unclear || endingCodes.has(code) };
    }
  }

  #settle(parts: readonly Part[], outcome: Ended, requestId: string): GivenUpPart[] {
    const { backoff = tuningDefaults.backoff, clock = tuningDefaults.clock } = this.#options.tuning;
    const verdict = judge(outcome, parts.map(deliveryOf), { ...this.#rules, backoff, random: Math.random });
    const givenUp: GivenUpPart[] = [];
    for (const [index, decision] of verdict.decisions.entries()) {
      const part = parts[index];
      if (part === undefined || part.state.revoked) continue;
      const { state, portion } = part;
      state.delivered(portion.end, decision);
      state.misses = decision.misses;
      state.retryAtMs = decision.misses === 0 ? 0 : clock() + decision.retryInMs;
      if (outcome.mayEndEnvironment && state.retries.length > 0) state.alone = true;
      this.#lastInvocations.set(state, { requestId, functionError: outcome.kind === 'failed' });
      if (decision.givenUp !== null) givenUp.push({ state, givenUp: decision.givenUp });
    }
    this.#report.verdict(verdict, outcome);
    this.recovered();
    return givenUp;
  }
}

function deliveryOf({ state, portion }: Part): Delivery {
  const { first, end, records, segments } = portion;
  const offsets = () => segments.flatMap(({ chunk, from, to }) => chunk.offsets.slice(from, to));
  const failures = state.retries[0]?.failures ?? 0;
  return { partition: state.name, first, end, records, failures, misses: state.misses, offsets };
}
