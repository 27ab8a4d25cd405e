import type { CommandReplyState, VehicleCommandState } from '../../catalogue/events.generated.ts';

/** What is known of a command. */
export interface CommandProgress {
  readonly state: VehicleCommandState;
  /** ms since 1970-01-01 UTC; null: never. */
  readonly expiresAtMs: number | null;
}

/** What can happen to a command after it was allowed. */
export type CommandHappening =
  | { readonly kind: 'reply'; readonly state: Exclude<CommandReplyState, 'UNKNOWN' | 'LISTENING'> }
  | { readonly kind: 'cancel' }
  /** Time goes by. */
  | { readonly kind: 'clock' };

/** A step on, or why there is none. `breach`: the vehicle did what it was no longer to do. */
export type CommandStep =
  | { readonly to: VehicleCommandState; readonly resultCode: string | null }
  | { readonly ignored: 'repeated' | 'too-early' | 'over'; readonly breach: boolean };

/** A vehicle that began to act and has not told the end by then, past the expiry, has failed. */
export const resultPatienceMs = 3_600_000;

const ranks: Readonly<Record<VehicleCommandState, number>> = {
  UNKNOWN: -1,
  ISSUED: 0,
  DELIVERED: 1,
  ACCEPTED: 2,
  REJECTED: 3,
  EXECUTED: 3,
  FAILED: 3,
  EXPIRED: 3,
  CANCELLED: 3,
};

/** Whether a command has come to its end. */
export function isOver(state: VehicleCommandState): boolean {
  return ranks[state] === 3;
}

/** The next step of a command. Steps only go forwards; a vehicle may leave steps out that a later one includes. */
export function nextStep(
  { state, expiresAtMs }: CommandProgress,
  happening: CommandHappening,
  nowMs: number,
): CommandStep {
  switch (happening.kind) {
    case 'clock':
      return afterTime(state, expiresAtMs, nowMs);
    case 'cancel':
      if (isOver(state)) return { ignored: 'over', breach: false };
      // What the vehicle has taken on is its to end.
      return state === 'ACCEPTED' ? { ignored: 'too-early', breach: false } : { to: 'CANCELLED', resultCode: null };
    case 'reply':
    default:
      return afterReply(state, happening.state);
  }
}

function afterTime(state: VehicleCommandState, expiresAtMs: number | null, nowMs: number): CommandStep {
  if (isOver(state)) return { ignored: 'over', breach: false };
  if (expiresAtMs === null || nowMs < expiresAtMs) return { ignored: 'too-early', breach: false };
  if (state !== 'ACCEPTED') return { to: 'EXPIRED', resultCode: null };
  if (nowMs < expiresAtMs + resultPatienceMs) return { ignored: 'too-early', breach: false };
  return { to: 'FAILED', resultCode: 'no-result' };
}

function afterReply(state: VehicleCommandState, reply: VehicleCommandState): CommandStep {
  if (!isOver(state)) {
    return ranks[reply] > ranks[state] ? { to: reply, resultCode: null } : { ignored: 'repeated', breach: false };
  }
  const acted = reply === 'ACCEPTED' || reply === 'EXECUTED';
  const withdrawn = state === 'EXPIRED' || state === 'CANCELLED' || state === 'REJECTED';
  if (state === reply || ranks[reply] < 3) return { ignored: 'repeated', breach: acted && withdrawn };
  return { ignored: 'over', breach: acted && withdrawn };
}

const resend = { firstMs: 5_000, capMs: 60_000 };

/** How long to wait for an answer after the `attempts`-th time a command was sent, ms. */
export function resendAfterMs(attempts: number): number {
  return Math.min(resend.capMs, resend.firstMs * 2 ** Math.min(10, Math.max(0, attempts - 1)));
}
