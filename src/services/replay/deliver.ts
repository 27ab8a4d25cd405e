import { AppError } from '../../core/errors/app-error.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { FunctionInvoker } from './function-invoker.ts';
import { batchesOf, mskEventOf } from './replay-event.ts';

export interface DeliverySettings {
  readonly invoker: FunctionInvoker;
  readonly bootstrapServers: string;
  /** Records of an invocation at most. */
  readonly batchSize: number;
  /** Waits while the replay is paused, and as long as its rate asks for. */
  readonly turn: (records: number) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Told the offset after the last record that has a fate. */
  readonly onProgress: (next: number, records: number) => void;
}

const backoff = { baseMs: 200, capMs: 10_000 };
/** Invocations in a row that bring a partition no further. */
const maxFruitless = 8;

/**
 * Delivers records of one partition in order, an invocation at a time. What the function hands back is delivered again
 * with backoff, as an event source mapping does.
 * @throws AppError EVENTBUS_REPLAY_FUNCTION when it brings the partition no further
 */
export async function deliver(records: AsyncIterable<readonly RawRecord[]>, settings: DeliverySettings): Promise<void> {
  for await (const read of records) {
    for (const batch of batchesOf(read, settings.batchSize)) {
      if (settings.signal?.aborted) return;
      await deliverBatch(batch, settings);
    }
  }
}

async function deliverBatch(batch: readonly RawRecord[], settings: DeliverySettings): Promise<void> {
  let rest = batch;
  for (let fruitless = 0; ; ) {
    await settings.turn(rest.length);
    if (settings.signal?.aborted) return;
    const outcome = await attempt(rest, settings);
    const next = 'failure' in outcome ? rest[0]?.offset : outcome.next;
    const left = next === undefined ? [] : rest.filter(({ offset }) => offset >= next);
    const done = rest.length - left.length;
    if (done > 0) settings.onProgress(left[0]?.offset ?? (rest.at(-1)?.offset ?? -1) + 1, done);
    if (left.length === 0) return;
    fruitless = done > 0 ? 1 : fruitless + 1;
    if (fruitless > maxFruitless) throw noProgress(left, outcome);
    rest = left;
    await settings.sleep(retryDelay(backoff, fruitless, settings.random()));
  }
}

/** The offset to go on from, undefined when every record has a fate; or why the invocation failed. */
type Outcome = { readonly next: number | undefined } | { readonly failure: AppError };

async function attempt(batch: readonly RawRecord[], settings: DeliverySettings): Promise<Outcome> {
  try {
    const event = mskEventOf(batch, settings.bootstrapServers);
    return { next: handedBack(await settings.invoker.invoke(event, settings.signal), batch) };
  } catch (error) {
    if (error instanceof AppError) return { failure: error };
    throw error;
  }
}

/** Lowest offset that the answer hands back; everything when the answer cannot be understood. */
function handedBack(answer: unknown, batch: readonly RawRecord[]): number | undefined {
  const failures: unknown = Object(answer)['batchItemFailures'];
  if (failures === undefined || failures === null) return undefined;
  const first = batch[0]?.offset;
  if (!Array.isArray(failures)) return first;
  const offsets = failures.map((failure: unknown) => Number(Object(Object(failure)['itemIdentifier'])['offset']));
  if (offsets.length === 0) return undefined;
  const known = new Set(batch.map(({ offset }) => offset));
  return offsets.every((offset) => known.has(offset)) ? Math.min(...offsets) : first;
}

function noProgress(left: readonly RawRecord[], outcome: Outcome): AppError {
  const [first] = left;
  const at = `${first?.topic ?? ''} partition ${first?.partition ?? 0}, offset ${first?.offset ?? 0}`;
  const why = 'failure' in outcome ? outcome.failure.message : 'it hands the record back each time';
  const cause = 'failure' in outcome ? outcome.failure : undefined;
  return new AppError('EVENTBUS_REPLAY_FUNCTION', `${at}: ${maxFruitless} invocations in vain: ${why}`, { cause });
}
