import type { Consumer } from '../../src/catalogue/model.ts';
import type { Codec } from '../../src/codec/codec.ts';
import { type BatchHandlerOptions, makeBatchHandler } from '../../src/consumers/batch/handler.ts';
import type { BatchProcessor, Item, Outcome } from '../../src/consumers/batch/processor.ts';
import type { DeadLetter } from '../../src/core/dead-letters/dead-letter.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import type { DeadLetterQueue } from '../../src/ports/dead-letter-queue/dead-letter-queue.ts';

export const testConsumer: Consumer = {
  name: 'test-consumer',
  topics: ['vehicle.telemetry.v1'],
  batchSize: 100,
  batchWindowMs: 0,
  retryAttempts: 3,
  deadLetter: true,
  ordering: 'partition',
  concurrency: 2,
  sinks: [],
  memoryMb: 128,
  timeoutMs: 30_000,
  description: 'A consumer for tests.',
};

export interface TestValue {
  readonly n?: number;
}

/** Decodes plain JSON; `{"broken":true}` and what is no JSON cannot be decoded. */
export const jsonCodec: Pick<Codec, 'decodeRecord' | 'schemaVersionOf'> = {
  schemaVersionOf: (subject) => `${subject}/v1`,
  decodeRecord: (subject, _contentType, bytes) => {
    const value = JSON.parse(bytes.toString()) as { readonly broken?: boolean };
    if (value.broken === true) throw new AppError('EVENTBUS_CODEC_MALFORMED', 'test value');
    return { value: value as never, writer: { subject, version: 1 } };
  },
};

export const applied: Outcome = { fate: 'applied' };
export const poison = () => new AppError('EVENTBUS_CODEC_MALFORMED', 'the processor says so');
export const transient = () => new AppError('EVENTBUS_CONSUMER_OUTCOMES', 'try again');
export const dependency = () => new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away');

/** Calls of a processor, as offsets, and what a test wants each call to do. */
export class ScriptedProcessor implements BatchProcessor<TestValue> {
  readonly calls: number[][] = [];
  readonly appliedOffsets: number[] = [];
  readonly #script: (items: readonly Item<TestValue>[], call: number) => void;

  constructor(script: (items: readonly Item<TestValue>[], call: number) => void = () => {}) {
    this.#script = script;
  }

  apply({ items }: { readonly items: readonly Item<TestValue>[] }): Promise<readonly Outcome[]> {
    this.calls.push(items.map(({ offset }) => offset));
    try {
      this.#script(items, this.calls.length);
    } catch (error) {
      return Promise.reject(error);
    }
    this.appliedOffsets.push(...items.map(({ offset }) => offset));
    return Promise.resolve(items.map(() => applied));
  }
}

export class MemoryDeadLetters implements DeadLetterQueue {
  readonly letters: DeadLetter[] = [];
  failure: Error | null = null;

  send(letters: readonly DeadLetter[]): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.letters.push(...letters);
    return Promise.resolve();
  }
}

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function memoryLog() {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A handler over a processor with every surrounding in the test's hand; time stands still unless slept. */
export function testEngine(
  processor: BatchProcessor<TestValue>,
  overrides: Partial<BatchHandlerOptions<TestValue>> = {},
) {
  const deadLetters = new MemoryDeadLetters();
  const log = memoryLog();
  const metrics: string[] = [];
  const sleeps: number[] = [];
  const state = { nowMs: 1_700_000_000_000 };
  const handler = makeBatchHandler<TestValue>({
    consumer: testConsumer,
    subjectOf: () => 'VehicleTelemetry',
    codec: jsonCodec,
    processor,
    deadLetters,
    log,
    clock: () => state.nowMs,
    random: () => 0.5,
    sleep: (ms) => {
      sleeps.push(ms);
      state.nowMs += ms;
      return Promise.resolve();
    },
    writeMetrics: (line) => metrics.push(line),
    holdMs: 0,
    ...overrides,
  });
  return { handler, deadLetters, log, metrics, sleeps, state };
}
