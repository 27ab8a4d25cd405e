import { type Backoff, retryDelay } from '../../core/retry-delay.ts';
import { addressedElsewhere, addressedReason } from './addressed.ts';
import { AwaitedSchemas, before } from './awaited-schemas.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Deadline } from './deadline.ts';
import { type DecodedPartition, decodePartition } from './decode.ts';
import { type Failure, failureOf } from './failure.ts';
import type { BatchSettings } from './handler.ts';
import type { InvocationReport } from './invocation-report.ts';
import { sendLetters } from './letters.ts';
import type { LambdaContext, MskRecord } from './msk-event.ts';
import { PartitionRun, type RunResult, type RunSurroundings } from './partition-run.ts';
import { schemaVersionOf } from './schema-version.ts';

/** What the invocations of one function environment share. */
export interface SharedState {
  readonly breaker: CircuitBreaker;
  readonly awaited: AwaitedSchemas;
}

export interface Invocation<T> {
  readonly settings: BatchSettings<T>;
  readonly shared: SharedState;
  readonly report: InvocationReport;
  readonly deadline: Deadline;
  readonly context: LambdaContext;
}

/** Waits between attempts while a dependency is away. */
const holdBackoff: Backoff = { baseMs: 200, capMs: 5_000 };

export function sharedState<T>(settings: BatchSettings<T>): SharedState {
  const { clock, steadyClock, random, codec, schemaPatienceMs: patienceMs } = settings;
  return {
    breaker: new CircuitBreaker({ backoff: holdBackoff, clock: steadyClock, random }),
    awaited: new AwaitedSchemas({ patienceMs, clock, steadyClock, schemaVersionOf: schemaVersionOf(codec) }),
  };
}

/**
 * From where the partition is to be delivered again, and why; `null` when every record has a fate. A partition whose
 * dependency is away is held: it goes on from where it stopped until the dependency is back or the time is used up.
 */
export async function runPartition<T>(
  list: readonly MskRecord[],
  invocation: Invocation<T>,
): Promise<RunResult['stop']> {
  const { settings, report, deadline } = invocation;
  const [first] = list;
  if (first === undefined) return null;
  const { topic, partition } = first;
  const heldUntilMs = settings.steadyClock() + settings.holdMs;
  const late = (waitMs: number) => waitMs >= deadline.remainingMs() || settings.steadyClock() + waitMs >= heldUntilMs;
  let rest = list;
  for (let attempt = 1; ; attempt += 1) {
    const result = await runAdmitted(rest, invocation, late);
    const { stop } = result;
    const waitMs = retryDelay(holdBackoff, attempt, settings.random());
    if (stop?.failure.kind !== 'dependency' || late(waitMs)) {
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

/** Runs when the circuit breaker lets it, and tells the breaker how it ended. */
async function runAdmitted<T>(
  records: readonly MskRecord[],
  invocation: Invocation<T>,
  late: (waitMs: number) => boolean,
): Promise<RunResult> {
  const { settings, shared } = invocation;
  const { breaker } = shared;
  for (let waitMs = breaker.ask(); waitMs > 0; waitMs = breaker.ask()) {
    const failure = breaker.lastFailure;
    if (late(waitMs) && failure !== null) return stoppedAt(records, failure);
    await settings.sleep(waitMs);
  }
  const result = await runOnce(records, invocation);
  const failure = result.stop?.failure;
  if (failure?.kind === 'dependency' && concernsAll(failure)) breaker.failed(failure);
  else breaker.succeeded();
  return result;
}

/** A schema that is not deployed keeps one partition waiting; databases, brokers and queues are everybody's. */
function concernsAll({ code }: Failure): boolean {
  return code !== 'EVENTBUS_CONSUMER_SCHEMA_NOT_DEPLOYED';
}

/** Applies records of one partition as far as they go. */
async function runOnce<T>(all: readonly MskRecord[], invocation: Invocation<T>): Promise<RunResult> {
  const { settings, shared } = invocation;
  const { topic, partition } = all[0] as MskRecord;
  const { records, skips } = addressedElsewhere(all, settings.consumer.name);
  try {
    // Before anything is applied: a partition that goes on has then stored the fate of every record it has passed.
    if (skips.length > 0) await settings.recordSkips?.({ consumer: settings.consumer.name, topic, partition }, skips);
  } catch (error) {
    return stoppedAt(all, failureOf(error));
  }
  const decoded = decodePartition<T>(records, settings.subjectOf(topic), settings.codec);
  const hold = shared.awaited.firstIn(topic, decoded);
  const ready: DecodedPartition<T> = hold === null ? decoded : before(hold.offset, decoded);
  const around = surroundings({ topic, partition }, invocation);
  const run = await new PartitionRun({ topic, partition, records, decoded: ready }, settings.processor, around).run();
  const result = run.stop === null ? { ...run, stop: hold } : run;
  const end = result.stop?.offset ?? Number.POSITIVE_INFINITY;
  return withSkips(result, skips.filter(({ offset }) => offset < end).length);
}

function surroundings<T>(
  { topic, partition }: Pick<MskRecord, 'topic' | 'partition'>,
  { settings, report, deadline, context }: Invocation<T>,
): RunSurroundings {
  return {
    ...settings,
    remainingMs: deadline.remainingMs,
    signal: deadline.signal,
    onRetry: (failure, attempt, waitMs) => report.retry({ topic, partition, failure, attempt, waitMs }),
    sendLetters: (letters) =>
      sendLetters(letters, {
        consumer: settings.consumer,
        queue: settings.deadLetters,
        handlerVersion: context.functionVersion,
        schemaVersionOf: schemaVersionOf(settings.codec),
        signal: deadline.signal,
      }),
  };
}

function stoppedAt(records: readonly MskRecord[], failure: Failure): RunResult {
  return { applied: 0, skipped: {}, letters: [], stop: { offset: records[0]?.offset ?? 0, failure } };
}

function withSkips(result: RunResult, count: number): RunResult {
  if (count === 0) return result;
  return { ...result, skipped: { ...result.skipped, [addressedReason]: count } };
}
