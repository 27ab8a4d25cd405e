import type { PaymentMethod } from '../../catalogue/events.generated.ts';
import type { PaymentFailure } from './payment.ts';

/** What the simulated provider does with a request. */
export type SimulatedCharge =
  | { readonly status: 'captured' }
  | { readonly status: 'pending' }
  | { readonly status: 'declined'; readonly failure: PaymentFailure };

/** Above it every card is declined, minor units. */
export const simulatedLimitMinor = 100_000_000;

const decline = (code: string, detail: string, retryable: boolean): SimulatedCharge => ({
  status: 'declined',
  failure: { code, detail, retryable },
});

/**
 * The rules of the simulated provider; the same request always has the same answer.
 * `tok_declined`, `tok_insufficient_funds`: declined for good. `tok_try_again`: the first attempt is declined, the
 * second captured. `tok_busy`: every attempt is declined and may be tried again. `tok_pending`, and the methods BOLETO
 * and BANK_TRANSFER: open until the customer has paid. An amount above the limit is declined. Any other token is charged.
 * Whether the answer arrives is a matter of {@link answersAt}.
 *
 * @param attempt 1 for the first
 */
export function simulatedCharge(request: {
  readonly instrument: string;
  readonly method: PaymentMethod;
  readonly amountMinor: number;
  readonly attempt: number;
}): SimulatedCharge {
  const { instrument, method, amountMinor, attempt } = request;
  if (amountMinor > simulatedLimitMinor) {
    return decline('amount_too_large', `The amount is above the limit of ${simulatedLimitMinor}.`, false);
  }
  switch (instrument) {
    case 'tok_declined':
      return decline('card_declined', 'The bank declined the card.', false);
    case 'tok_insufficient_funds':
      return decline('insufficient_funds', 'The account does not cover the amount.', false);
    case 'tok_busy':
      return decline('issuer_unavailable', 'The bank gave no answer to the provider.', true);
    case 'tok_try_again':
      return attempt === 1
        ? decline('issuer_unavailable', 'The bank gave no answer to the provider.', true)
        : { status: 'captured' };
    case 'tok_pending':
      return { status: 'pending' };
    default:
      return method === 'BOLETO' || method === 'BANK_TRANSFER' ? { status: 'pending' } : { status: 'captured' };
  }
}

/**
 * Whether the answer to a call arrives: `tok_timeout` loses the first answer although the charge was made,
 * `tok_silent` never hears a charge, and so never makes one.
 *
 * @param calls calls with this key so far, this one included
 */
export function answersAt(instrument: string, calls: number): 'answered' | 'answer-lost' | 'never-heard' {
  if (instrument === 'tok_silent') return 'never-heard';
  return instrument === 'tok_timeout' && calls === 1 ? 'answer-lost' : 'answered';
}
