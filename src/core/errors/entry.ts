/**
 * What a failure means for a record: `poison` is the record's own fault and is dead-lettered; `transient` is retried
 * with backoff and then dead-lettered; `dependency` is the environment's fault: the partition pauses, no dead letter.
 */
export type FailureKind = 'poison' | 'transient' | 'dependency';

export interface ErrorEntry {
  /** What went wrong, as the start of a sentence. */
  readonly summary: string;
  /** What to do next, as a full sentence. */
  readonly remedy: string;
  readonly failure: FailureKind;
  /** HTTP status used where the error reaches a caller. */
  readonly status: number;
}
