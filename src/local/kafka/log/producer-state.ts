import { wireError } from '../protocol/error-codes.ts';
import type { BatchHeader } from '../protocol/record-batch.ts';

/** A stored batch of an idempotent producer: its sequence numbers and where they are. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
  readonly baseOffset: number;
}

/** What a partition remembers of one idempotent producer. */
export interface ProducerState {
  readonly epoch: number;
  /** The newest batches, oldest first. */
  readonly recent: readonly SequenceRange[];
  readonly updatedMs: number;
}

/** As many batches as a client may have in flight while idempotent. */
const remembered = 5;
const sequences = 2 ** 31;

export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'rejected'; readonly error: number; readonly why: string };

const lastSequence = (batch: BatchHeader): number => (batch.baseSequence + batch.lastOffsetDelta) % sequences;

/** Whether a batch comes next, was stored already, or must be refused. */
export function judgeSequence(state: ProducerState | undefined, batch: BatchHeader): SequenceVerdict {
  // A producer nobody remembers may start anywhere: its history was deleted or has expired.
  if (state === undefined) return { kind: 'append' };
  if (batch.producerEpoch < state.epoch) {
    return rejected(wireError.invalidProducerEpoch, `epoch ${batch.producerEpoch} is older than ${state.epoch}`);
  }
  if (batch.producerEpoch > state.epoch) {
    if (batch.baseSequence === 0) return { kind: 'append' };
    return rejected(wireError.outOfOrderSequenceNumber, `a new epoch starts with ${batch.baseSequence}, not with 0`);
  }
  const same = state.recent.find((range) => range.first === batch.baseSequence && range.last === lastSequence(batch));
  if (same !== undefined) return { kind: 'duplicate', baseOffset: same.baseOffset };
  const newest = state.recent.at(-1);
  const expected = newest === undefined ? 0 : (newest.last + 1) % sequences;
  if (batch.baseSequence === expected) return { kind: 'append' };
  return rejected(wireError.outOfOrderSequenceNumber, `sequence ${batch.baseSequence} came, ${expected} is next`);
}

const rejected = (error: number, why: string): SequenceVerdict => ({ kind: 'rejected', error, why });

/** The state after `batch` was placed at `baseOffset`. */
export function afterBatch(
  state: ProducerState | undefined,
  batch: BatchHeader,
  at: { readonly baseOffset: number; readonly nowMs: number },
): ProducerState {
  const range = { first: batch.baseSequence, last: lastSequence(batch), baseOffset: at.baseOffset };
  const before = state !== undefined && state.epoch === batch.producerEpoch ? state.recent : [];
  return { epoch: batch.producerEpoch, recent: [...before, range].slice(-remembered), updatedMs: at.nowMs };
}
