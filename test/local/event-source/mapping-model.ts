/**
 * What AWS documents of a Kafka mapping's error handling, written down once more as a recursion over one batch, and
 * sharing nothing with the code under test:
 *
 * - "Maximum retry attempts": retries after the initial attempt, when the function returns an error.
 * - "Split batch on error": two smaller batches, each retried separately; for streams, "splitting batches doesn't
 *   consume the retry quota", and it happens "regardless of your ReportBatchItemFailures setting".
 * - Partial response: what lies before the lowest identifier succeeded, the rest is retried; identifiers that name no
 *   record of the batch make all of it a failure; with splitting on, the batch is split at the returned record.
 * - Throttled invocations are no function errors: they are repeated.
 */
export interface ModelRules {
  readonly batchSize: number;
  /** Retries after the first attempt. */
  readonly retries: number;
  readonly splits: boolean;
  readonly partialResponses: boolean;
}

/** How an invocation for these offsets ends, seen from Lambda. */
export type ModelOutcome =
  | { readonly is: 'success' }
  | { readonly is: 'error' }
  | { readonly is: 'throttled' }
  /** The answer names this record as the lowest that failed. */
  | { readonly is: 'partial'; readonly lowest: number };

export interface ModelHistory {
  /** Offsets of each invocation that the function saw or was refused. */
  readonly invocations: number[][];
  readonly applied: number[];
  /** Batches that went to the destination, with the invocations they failed in. */
  readonly discarded: { readonly offsets: readonly number[]; readonly invocations: number }[];
}

/** Runs a partition's records through the documented rules. */
export function modelMapping(
  offsets: readonly number[],
  rules: ModelRules,
  invoke: (offsets: readonly number[]) => ModelOutcome,
): ModelHistory {
  const history: ModelHistory = { invocations: [], applied: [], discarded: [] };
  for (let at = 0; at < offsets.length; at += rules.batchSize) {
    processBatch(offsets.slice(at, at + rules.batchSize), 0, { rules, invoke, history });
  }
  return history;
}

interface World {
  readonly rules: ModelRules;
  readonly invoke: (offsets: readonly number[]) => ModelOutcome;
  readonly history: ModelHistory;
}

function processBatch(batch: readonly number[], failed: number, world: World): void {
  const { rules, invoke, history } = world;
  history.invocations.push([...batch]);
  const outcome = invoke(batch);
  if (outcome.is === 'success') return void history.applied.push(...batch);
  if (outcome.is === 'throttled') return processBatch(batch, failed, world);
  if (outcome.is === 'partial' && !rules.partialResponses) return void history.applied.push(...batch);
  const succeeded = outcome.is === 'partial' ? batch.filter((offset) => offset < outcome.lowest) : [];
  const rest = batch.slice(succeeded.length);
  history.applied.push(...succeeded);
  if (rules.splits && succeeded.length > 0) return processBatch(rest, 0, world);
  if (rules.splits && rest.length > 1) {
    const middle = Math.floor(rest.length / 2);
    processBatch(rest.slice(0, middle), 0, world);
    return processBatch(rest.slice(middle), 0, world);
  }
  const failures = (succeeded.length > 0 ? 0 : failed) + 1;
  if (failures <= rules.retries) return processBatch(rest, failures, world);
  history.discarded.push({ offsets: rest, invocations: failures });
}
