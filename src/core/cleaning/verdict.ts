/** Why a reading could not be used; recorded with the detail, and a stable word for counting. */
export type RejectReason =
  | 'device-id-mismatch'
  | 'time-unreadable'
  | 'time-impossible'
  | 'time-zone-unknown'
  | 'unit-unknown'
  | 'value-out-of-range'
  | 'no-usable-value'
  | 'kind-unknown';

/** What became of one reading. Every reading gets exactly one of these. */
export type Verdict<Cleaned> =
  | { readonly fate: 'cleaned'; readonly cleaned: Cleaned }
  | { readonly fate: 'duplicate' }
  | { readonly fate: 'rejected'; readonly reason: RejectReason; readonly detail: string };

/** A verdict and the memory that the next reading of the device is judged with. */
export interface Step<Memory, Cleaned> {
  readonly memory: Memory;
  readonly verdict: Verdict<Cleaned>;
}

export interface Rejection {
  readonly fate: 'rejected';
  readonly reason: RejectReason;
  readonly detail: string;
}

/** A rejection; `detail` says the value got and what is allowed. */
export function rejected(reason: RejectReason, detail: string): Rejection {
  return { fate: 'rejected', reason, detail };
}
