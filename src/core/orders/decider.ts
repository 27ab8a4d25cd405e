import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/registry.ts';

/** Why a command has no effect. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What was wanted, what is there instead, what is allowed. */
  readonly what: string;
}

/** What follows from a command: events, none when it had been carried out before, or a refusal. */
export type Decision<Event> = { readonly events: readonly Event[] } | { readonly refused: Refusal };

/**
 * The rules of one kind of aggregate as two functions: which events follow from a command in a state, and which state
 * follows from an event. `null` is the state before the first event. Neither function looks at anything but its
 * arguments; times and ids are in the command.
 */
export interface Decider<State, Command, Event> {
  /** First part of the names of its streams: `order` in `order-4711`. */
  readonly kind: string;
  /** Changes when states kept beside the events can no longer be read; they are then folded from the events again. */
  readonly stateFormat: number;
  decide(state: State | null, command: Command): Decision<Event>;
  evolve(state: State | null, event: Event): State;
}

/** State after a list of events. */
export function fold<State, Event>(
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  events: readonly Event[],
  from: State | null = null,
): State | null {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}

export function accepted<Event>(...events: readonly Event[]): { readonly events: readonly Event[] } {
  return { events };
}

export function refused(code: ErrorCode, what: string): { readonly refused: Refusal } {
  return { refused: { code, what } };
}

/** The refusal as an error to throw. */
export function refusalError({ code, what }: Refusal): AppError {
  return new AppError(code, what);
}

/** Tells of an event that cannot follow the state: the stream is not one of this decider. */
export function misplaced(kind: string, event: { readonly type: string }): AppError {
  return new AppError('EVENTBUS_ORDER_INVALID', `event ${event.type} cannot come first in a stream of kind ${kind}`);
}
