import type { Subject } from '../../catalogue/events.generated.ts';
import type { Consumer } from '../../catalogue/model.ts';
import type { Codec } from '../../codec/codec.ts';
import { type Backoff, retryDelay } from '../../core/retry-delay.ts';
import type { DeadLetterQueue } from '../../ports/dead-letter-queue/dead-letter-queue.ts';
import { addressedElsewhere, addressedReason, type RecordSkips } from './addressed.ts';
import { decodePartition } from './decode.ts';
import { failureOf } from './failure.ts';
import { InvocationReport, type Log } from './invocation-report.ts';
import { sendLetters } from './letters.ts';
import { assertMskEvent, type KafkaBatchResponse, type LambdaContext, type MskRecord } from './msk-event.ts';
import { PartitionRun, type RunResult, type RunSurroundings } from './partition-run.ts';
import type { BatchProcessor } from './processor.ts';

export interface BatchHandlerOptions<T> {
  readonly consumer: Consumer;
  /** Subject of the values of a topic. */
  readonly subjectOf: (topic: string) => Subject;
  readonly codec: Pick<Codec, 'decodeRecord'>;
  readonly processor: BatchProcessor<T>;
  /** Absent for a consumer without dead letters: a record at fault then holds its partition. */
  readonly deadLetters?: DeadLetterQueue | undefined;
  /**
   * Stores that records had no effect because they are addressed to another consumer.
   * @default they are only counted
   */
  readonly recordSkips?: RecordSkips | undefined;
  readonly log: Log;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default setTimeout */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Writes one line of metrics; @default process.stdout */
  readonly writeMetrics?: (line: string) => void;
  /** Attempts a batch gets inside one invocation, the first included; @default 5 */
  readonly maxAttempts?: number;
  /** @default 100 ms doubling to 5 s */
  readonly backoff?: Backoff;
  /** Time before the function's limit at which work stops, ms; @default 1000 */
  readonly marginMs?: number;
  /**
   * How long a partition waits for a dependency inside the invocation before it is handed back, ms. A mapping that
   * limits its retries counts what is handed back, so that waiting here is what makes an outage cost few of them.
   * @default until the function's limit
   */
  readonly holdMs?: number;
}

export type BatchHandler = (event: unknown, context: LambdaContext) => Promise<KafkaBatchResponse>;

/**
 * Makes a Lambda handler of a processor: partitions side by side, each in order; every record ends applied, skipped or
 * dead-lettered, or its partition is handed back from the first record without a fate.
 */
export function makeBatchHandler<T>(options: BatchHandlerOptions<T>): BatchHandler {
  const settings = { ...defaults, ...withoutAbsent(options) };
  return async (event, context) => {
    const { records } = assertMskEvent(event);
    const report = new InvocationReport(settings.consumer, settings.log);
    const deadline = new Deadline(context, settings.marginMs);
    try {
      const runs = Object.entries(records).map(async ([name, list]) => ({
        name,
        list,
        stop: await runPartition(list, { settings, report, deadline, context }),
      }));
      const answer = answerOf(await Promise.all(runs));
      for (const line of report.lines(settings.clock())) settings.writeMetrics(line);
      return answer;
    } finally {
      deadline.clear();
    }
  };
}

interface EndedPartition {
  readonly name: string;
  readonly list: readonly MskRecord[];
  readonly stop: RunResult['stop'];
}

function answerOf(partitions: readonly EndedPartition[]): KafkaBatchResponse {
  const batchItemFailures = partitions.flatMap(({ name, list, stop }) =>
    stop === null
      ? []
      : list
          .filter(({ offset }) => offset >= stop.offset)
          .map(({ offset }) => ({ itemIdentifier: { partition: name, offset } })),
  );
  const waiting = partitions.filter(({ stop }) => stop?.failure.kind === 'dependency').map(({ name }) => name);
  return waiting.length === 0 ? { batchItemFailures } : { batchItemFailures, waitingPartitions: waiting };
}

/** Waits between attempts while a dependency is away. */
const holdBackoff: Backoff = { baseMs: 200, capMs: 5_000 };

const defaults = {
  clock: Date.now,
  random: Math.random,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  writeMetrics: (line: string): void => {
    process.stdout.write(`${line}\n`);
  },
  maxAttempts: 5,
  backoff: { baseMs: 100, capMs: 5_000 },
  marginMs: 1_000,
  holdMs: Number.POSITIVE_INFINITY,
} satisfies Partial<BatchHandlerOptions<unknown>>;

/** Drops options that are present but undefined, so that they do not hide the defaults. */
function withoutAbsent<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

interface Invocation<T> {
  readonly settings: BatchHandlerOptions<T> & typeof defaults;
  readonly report: InvocationReport;
  readonly deadline: Deadline;
  readonly context: LambdaContext;
}

/**
 * From where the partition is to be delivered again, and why; `null` when every record has a fate. A partition whose
 * dependency is away is held: it goes on from where it stopped until the dependency is back or the time is used up.
 */
async function runPartition<T>(list: readonly MskRecord[], invocation: Invocation<T>): Promise<RunResult['stop']> {
  const { settings, report, deadline } = invocation;
  const [first] = list;
  if (first === undefined) return null;
  const { topic, partition } = first;
  const heldUntilMs = settings.clock() + settings.holdMs;
  let rest = list;
  for (let attempt = 1; ; attempt += 1) {
    const result = await runOnce(rest, first, invocation);
    const { stop } = result;
    const waitMs = retryDelay(holdBackoff, attempt, settings.random());
    const late = waitMs >= deadline.remainingMs() || settings.clock() + waitMs >= heldUntilMs;
    if (stop?.failure.kind !== 'dependency' || late) {
      report.partition({ topic, partition, total: rest.length, result });
      return stop;
    }
    const left = rest.filter(({ offset }) => offset >= stop.offset);
    report.partition({ topic, partition, total: rest.length - left.length, result: { ...result, stop: null } });
    report.retry({ topic, partition, failure: stop.failure, attempt, waitMs });
    await settings.sleep(waitMs);
    rest = left;
  }
}

/** Applies records of one partition as far as they go. */
async function runOnce<T>(
  all: readonly MskRecord[],
  { topic, partition }: Pick<MskRecord, 'topic' | 'partition'>,
  { settings, report, deadline, context }: Invocation<T>,
): Promise<RunResult> {
  const { records, skips } = addressedElsewhere(all, settings.consumer.name);
  try {
    // Before anything is applied: a partition that goes on has then stored the fate of every record it has passed.
    if (skips.length > 0) await settings.recordSkips?.({ consumer: settings.consumer.name, topic, partition }, skips);
  } catch (error) {
    const stop = { offset: all[0]?.offset ?? 0, failure: failureOf(error) };
    return { applied: 0, skipped: {}, letters: [], stop };
  }
  const around: RunSurroundings = {
    ...settings,
    remainingMs: deadline.remainingMs,
    signal: deadline.signal,
    onRetry: (failure, attempt, waitMs) => report.retry({ topic, partition, failure, attempt, waitMs }),
    sendLetters: (letters) =>
      sendLetters(letters, {
        consumer: settings.consumer,
        queue: settings.deadLetters,
        handlerVersion: context.functionVersion,
      }),
  };
  const decoded = decodePartition<T>(records, settings.subjectOf(topic), settings.codec);
  const result = await new PartitionRun({ topic, partition, records, decoded }, settings.processor, around).run();
  const end = result.stop?.offset ?? Number.POSITIVE_INFINITY;
  return withSkips(result, skips.filter(({ offset }) => offset < end).length);
}

function withSkips(result: RunResult, count: number): RunResult {
  if (count === 0) return result;
  return { ...result, skipped: { ...result.skipped, [addressedReason]: count } };
}

/** Ends work shortly before the function's time limit. */
class Deadline {
  readonly #context: LambdaContext;
  readonly #marginMs: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(context: LambdaContext, marginMs: number) {
    this.#context = context;
    this.#marginMs = marginMs;
    this.#timer = setTimeout(() => this.#controller.abort(), Math.max(0, this.remainingMs()));
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly remainingMs = (): number => this.#context.getRemainingTimeInMillis() - this.#marginMs;

  clear(): void {
    clearTimeout(this.#timer);
  }
}
