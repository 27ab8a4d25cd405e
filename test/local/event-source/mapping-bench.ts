import type { Consumer } from '../../../src/catalogue/model.ts';
import type { MskEvent } from '../../../src/consumers/batch/msk-event.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { ErrorCode } from '../../../src/core/errors/registry.ts';
import type { FailureSinks } from '../../../src/local/event-source/failure-destination.ts';
import { Mapping } from '../../../src/local/event-source/mapping.ts';
import { buildMskEvent } from '../../../src/local/event-source/msk-event-builder.ts';
import { PartitionState } from '../../../src/local/event-source/partition-state.ts';
import { readRecordChunks } from '../../../src/local/event-source/record-chunk.ts';
import { memoryLog, testConsumer } from '../../make/batch-engine.ts';
import { kafkaBatch, type TestRecord } from '../../make/kafka-batch.ts';

/** What the function saw of an invocation. */
export interface Seen {
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly atMs: number;
}

/** What arrived at the destination, as its document says. */
export interface Discarded {
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly reason: string;
  readonly invocations: number;
  readonly atMs: number;
}

/** A mapping between records in memory and a function in the test's hand, on a clock that only invocations move. */
export class MappingBench {
  readonly seen: Seen[] = [];
  readonly discarded: Discarded[] = [];
  readonly log = memoryLog();
  readonly mapping: Mapping;
  readonly states: PartitionState[] = [];
  nowMs = 1_700_000_000_000;

  constructor(
    consumer: Partial<Consumer>,
    handler: (seen: readonly Seen[]) => unknown,
    tuning: { readonly maxJsonLength?: number } = {},
  ) {
    this.mapping = new Mapping('t', {
      consumer: { ...testConsumer, topics: ['t'], onFailure: 'object-store', ...consumer },
      connection: { bootstrapServers: 'here:9092' },
      log: this.log,
      tuning: { backoff: { baseMs: 0, capMs: 0 }, clock: () => this.nowMs, ...tuning },
      failureSinks: this.#sinks(),
      target: {
        invoke: (payload) => {
          if (payload.kind !== 'kafka') throw new Error('no records');
          const seen = seenIn(buildMskEvent(payload.batch), this.nowMs);
          if (seen.length === 0) throw new Error('an invocation without records');
          this.seen.push(...seen);
          // Like the threads do: the answer comes later than the call, an error too.
          return Promise.resolve().then(() => handler(seen));
        },
      },
    });
  }

  add(partition: number, records: readonly TestRecord[]): void {
    const state = new PartitionState({ topic: 't', partition }, 0);
    this.mapping.append(state, readRecordChunks('t', kafkaBatch(records), 0), this.nowMs);
    this.states.push(state);
    this.mapping.replaceStates(this.states);
  }

  /** Until nothing is left to deliver; fails when that takes more steps than any budget allows. */
  async drain(maxSteps = 5_000): Promise<void> {
    for (let step = 0; step < maxSteps; step += 1) {
      const next = this.mapping.next(this.nowMs);
      if ('parts' in next) {
        for (const part of await this.mapping.deliver(next.parts)) await this.mapping.giveUp(part);
      } else if ('undeliverable' in next) await this.mapping.giveUp(next.undeliverable);
      else if (Number.isFinite(next.atMs)) this.nowMs = next.atMs;
      else return;
    }
    throw new Error(`not drained after ${maxSteps} steps`);
  }

  #sinks(): FailureSinks {
    return {
      sendMessage: () => Promise.reject(new Error('no queue here')),
      publisher: { send: () => Promise.reject(new Error('no topic here')) },
      objects: {
        put: (_key, bytes) => {
          const document = JSON.parse(Buffer.from(bytes).toString()) as {
            readonly requestContext: { readonly condition: string; readonly approximateInvokeCount: number };
            readonly payload: string;
          };
          const { condition, approximateInvokeCount } = document.requestContext;
          for (const { partition, offsets } of seenIn(JSON.parse(document.payload) as MskEvent, this.nowMs)) {
            const invocations = approximateInvokeCount;
            this.discarded.push({ partition, offsets, reason: condition, invocations, atMs: this.nowMs });
          }
          return Promise.resolve();
        },
      },
    };
  }
}

function seenIn({ records }: MskEvent, atMs: number): Seen[] {
  return Object.values(records).map((list) => ({
    partition: list[0]?.partition ?? -1,
    offsets: list.map(({ offset }) => offset),
    atMs,
  }));
}

export function functionError(code: ErrorCode): AppError {
  return new AppError(code, 'as the test says');
}
