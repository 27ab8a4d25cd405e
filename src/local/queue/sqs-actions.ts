import { messageActions } from './message-actions.ts';
import { queueActions } from './queue-actions.ts';
import type { QueueStore } from './queue-store.ts';
import { SqsError } from './sqs-error.ts';
import type { Parameters } from './sqs-fields.ts';

export interface ActionSurroundings {
  readonly store: QueueStore;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** `http://host:port`, for the queue URLs in answers. */
  readonly origin: () => string;
  /** Resolves when a message arrived at the queue, at the latest after `ms`. */
  readonly arrival: (queue: string, ms: number) => Promise<void>;
  readonly announce: (queue: string) => void;
}

export type Answer = Readonly<Record<string, unknown>>;

/** One action: its parameters to its answer; `listening` says whether the caller still waits. */
export type Action = (parameters: Parameters, listening: () => boolean) => Answer | Promise<Answer>;

/** The actions of the SQS JSON protocol that the embedded queue knows. */
export function makeSqsActions(around: ActionSurroundings): (name: string) => Action {
  const actions: Readonly<Record<string, Action>> = { ...queueActions(around), ...messageActions(around) };
  return (name) => {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action !== undefined) return action;
    const known = Object.keys(actions).join(', ');
    throw new SqsError('UnsupportedOperation', `${name} is not offered by the embedded queue, which has: ${known}.`);
  };
}
