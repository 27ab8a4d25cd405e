import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../core/errors/app-error.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import { type FailedDelivery, failureDestination, type SendFailure } from './failure-destination.ts';
import { type InvocationBatch, packBatch } from './invocation-batch.ts';
import { buildMskEvent } from './msk-event-builder.ts';
import type { GivenUpPart } from './next-invocation.ts';
import type { Portion } from './partition-buffer.ts';
import { type ConsumerSourceOptions, tuningDefaults } from './source-options.ts';

/** What a failure document says of the last invocation. */
export interface LastInvocation {
  readonly requestId: string;
  readonly functionError: boolean;
}

/** Request id of records that were never delivered. */
const noRequest = '00000000-0000-0000-0000-000000000000';

/** Brings the records that a mapping gives up to its on-failure destination. */
export class GivingUp {
  readonly #options: ConsumerSourceOptions;
  readonly #source: Pick<InvocationBatch, 'eventSourceArn' | 'bootstrapServers'>;
  readonly #send: SendFailure | null;
  readonly #closing = new AbortController();
  records = 0;

  constructor(
    topic: string,
    source: Pick<InvocationBatch, 'eventSourceArn' | 'bootstrapServers'>,
    options: ConsumerSourceOptions,
  ) {
    const { consumer, failureSinks } = options;
    this.#options = options;
    this.#source = source;
    this.#send =
      consumer.onFailure === undefined || failureSinks === undefined
        ? null
        : failureDestination(consumer.onFailure, { consumer: consumer.name, topic }, failureSinks);
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * Resolves when the records are durably at the destination; without one, at once. Until then the partition waits: a
   * destination that is away must not lose them. Also resolves, with the partition revoked, when the source closes.
   */
  async run(
    { state, givenUp }: GivenUpPart,
    last: LastInvocation | undefined,
    onFailed: (error: unknown) => void,
  ): Promise<void> {
    const portion = state.buffer.peek({
      records: state.buffer.records,
      jsonLength: Number.POSITIVE_INFINITY,
      end: givenUp.end,
    });
    if (portion === null) return;
    const { consumer, log } = this.#options;
    const { reason, first, end, invocations } = givenUp;
    const fields = { consumer: consumer.name, partition: state.name, first, end, reason, invocations };
    const { code, message } = new AppError(
      'EVENTBUS_SOURCE_GIVEN_UP',
      `${state.name}, ${first} to ${end - 1}, ${reason}`,
    );
    if (this.#send === null) log.error({ ...fields, code }, message);
    else if (await this.#deliver({ state, givenUp }, portion, { last, onFailed }))
      log.warn({ ...fields, code }, message);
    else return;
    this.records += portion.records;
  }

  async #deliver(
    { state, givenUp }: GivenUpPart,
    portion: Portion,
    { last, onFailed }: { readonly last: LastInvocation | undefined; readonly onFailed: (error: unknown) => void },
  ): Promise<boolean> {
    const { consumer, log, tuning } = this.#options;
    const { clock = tuningDefaults.clock } = tuning;
    const place = { topic: state.topic, partition: state.partition, portion };
    const failed: FailedDelivery = {
      id: randomUUID(),
      event: buildMskEvent(packBatch([place], this.#source)),
      context: {
        ...this.#source,
        functionName: consumer.name,
        requestId: last?.requestId ?? noRequest,
        functionError: last?.functionError ?? false,
        reason: givenUp.reason,
        invocations: givenUp.invocations,
        nowMs: clock(),
      },
    };
    for (let attempt = 1; !state.revoked; attempt += 1) {
      try {
        await this.#send?.(failed);
        return true;
      } catch (error) {
        onFailed(error);
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ consumer: consumer.name, partition: state.name, reason }, 'the on-failure destination is away');
        if (!(await this.#wait(attempt))) state.revoked = true;
      }
    }
    return false;
  }

  /** False when the source is closing. */
  async #wait(attempt: number): Promise<boolean> {
    const waitMs = retryDelay(this.#options.tuning.backoff ?? tuningDefaults.backoff, attempt, Math.random());
    try {
      await setTimeout(waitMs, undefined, { signal: this.#closing.signal });
      return true;
    } catch {
      return false;
    }
  }
}
