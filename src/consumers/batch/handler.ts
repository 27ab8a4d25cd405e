import type { Subject } from '../../catalogue/events.generated.ts';
import type { Consumer } from '../../catalogue/model.ts';
import type { Codec } from '../../codec/codec.ts';
import type { Backoff } from '../../core/retry-delay.ts';
import type { DeadLetterQueue } from '../../ports/dead-letter-queue/dead-letter-queue.ts';
import type { RecordSkips } from './addressed.ts';
import { Deadline } from './deadline.ts';
import { InvocationReport, type Log } from './invocation-report.ts';
import { assertMskEvent, type KafkaBatchResponse, type LambdaContext, type MskRecord } from './msk-event.ts';
import { runPartition, sharedState } from './partition-hold.ts';
import type { RunResult } from './partition-run.ts';
import type { BatchProcessor } from './processor.ts';

export interface BatchHandlerOptions<T> {
  readonly consumer: Consumer;
  /** Subject of the values of a topic. */
  readonly subjectOf: (topic: string) => Subject;
  readonly codec: Pick<Codec, 'decodeRecord' | 'schemaVersionOf'>;
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
  /** ms by a clock that only goes forwards: waits go by it; @default `clock` when it is given, else performance.now */
  readonly steadyClock?: () => number;
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
  /**
   * How long a partition that no device writes to waits for a schema version that this program does not have, ms; then
   * its records are dead-lettered.
   * @default 15 minutes
   */
  readonly schemaPatienceMs?: number;
}

export type BatchHandler = (event: unknown, context: LambdaContext) => Promise<KafkaBatchResponse>;

/**
 * Makes a Lambda handler of a processor: partitions side by side, each in order; every record ends applied, skipped or
 * dead-lettered, or its partition is handed back from the first record without a fate.
 */
export function makeBatchHandler<T>(options: BatchHandlerOptions<T>): BatchHandler {
  const given = withoutAbsent(options);
  const settings = { ...defaults, ...given, steadyClock: given.steadyClock ?? given.clock ?? defaults.steadyClock };
  const shared = sharedState(settings);
  return async (event, context) => {
    assertMskEvent(event);
    const report = new InvocationReport(settings.consumer, settings.log);
    const deadline = new Deadline(context, settings.marginMs);
    try {
      const runs = Object.entries(event.records).map(async ([name, list]) => ({
        name,
        list,
        stop: await runPartition(list, { settings, shared, report, deadline, context }),
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

const defaults = {
  clock: Date.now,
  steadyClock: () => performance.now(),
  random: Math.random,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  writeMetrics: (line: string): void => {
    process.stdout.write(`${line}\n`);
  },
  maxAttempts: 5,
  backoff: { baseMs: 100, capMs: 5_000 },
  marginMs: 1_000,
  holdMs: Number.POSITIVE_INFINITY,
  schemaPatienceMs: 15 * 60_000,
} satisfies Partial<BatchHandlerOptions<unknown>>;

/** Options with every default in place. */
export type BatchSettings<T> = BatchHandlerOptions<T> & typeof defaults;

/** Drops options that are present but undefined, so that they do not hide the defaults. */
function withoutAbsent<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
