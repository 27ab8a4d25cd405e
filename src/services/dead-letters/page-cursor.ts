import { AppError } from '../../core/errors/app-error.ts';

/** Place in a list that is sorted by a time and an id, newest first. */
export interface PagePlace {
  readonly time: string;
  readonly id: string;
}

export function cursorOf({ time, id }: PagePlace): string {
  return Buffer.from(JSON.stringify([time, id])).toString('base64url');
}

/**
 * The place behind which the next page begins.
 * @throws AppError EVENTBUS_DLQ_QUERY_INVALID for text that {@link cursorOf} did not make
 */
export function placeOf(cursor: string): PagePlace {
  try {
    const [time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[];
    if (typeof time === 'string' && !Number.isNaN(Date.parse(time)) && typeof id === 'string') return { time, id };
  } catch {
    // Told below, as for any other text.
  }
  throw new AppError('EVENTBUS_DLQ_QUERY_INVALID', `the cursor "${cursor.slice(0, 80)}" was not given out here`);
}
