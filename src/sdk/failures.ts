import { AppError } from '../core/errors/app-error.ts';

export interface FailureOptions {
  /** The error that led here. */
  readonly cause?: unknown;
}

/**
 * An error that says: this event is at fault, and no later attempt will change that. Thrown by a handler, it sends the
 * event to the dead letters at once.
 * @example throw eventRejected(`photo ${photoId} has no owner`);
 */
export function eventRejected(why: string, { cause }: FailureOptions = {}): AppError {
  return new AppError('EVENTBUS_SDK_EVENT_REJECTED', why, { cause });
}

/**
 * An error that says: the event is good, but something the handler needs is away. Thrown by a handler, it makes the
 * partition wait, however long it takes; no attempts are used up and nothing is dead-lettered.
 * @example throw dependencyUnavailable('the thumbnail service does not answer', { cause: error });
 */
export function dependencyUnavailable(what: string, { cause }: FailureOptions = {}): AppError {
  return new AppError('EVENTBUS_SDK_DEPENDENCY_UNAVAILABLE', what, { cause });
}
