import { describe, expect, test } from '@jest/globals';
import { type Decider, fold } from '../../../src/core/orders/decider.ts';

/** One behaviour of a decider in plain data: what had happened, what is wanted, what follows. */
export interface Case<Command, Event> {
  readonly name: string;
  readonly given: readonly Event[];
  readonly when: Command;
  /** Events, or the code of the refusal with a part of its reason. */
  readonly gives: readonly Event[] | { readonly refused: string; readonly what: string };
}

/** Each case as a test of its own. */
export function behaviours<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  cases: readonly Case<Command, Event>[],
): void {
  describe('in these cases', () => {
    test.each(cases)('$name', ({ given, when, gives }) => {
      const decision = decider.decide(fold(decider, given), when);
      const outcome =
        'refused' in decision ? { refused: decision.refused.code, what: decision.refused.what } : decision.events;
      expect(outcome).toEqual(matching(gives));
    });
  });
}

function containing(text: string): unknown {
  return expect.stringContaining(text);
}

function matching(gives: Case<never, unknown>['gives']): unknown {
  return 'refused' in gives ? { ...gives, what: containing(gives.what) } : gives;
}
