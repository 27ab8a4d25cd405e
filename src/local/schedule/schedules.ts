import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ScheduledFunction } from '../../catalogue/scheduled-functions.ts';
import { failureOf } from '../../consumers/batch/failure.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { FunctionHandle } from '../functions/function-host.ts';

export interface SchedulesOptions {
  readonly functions: readonly ScheduledFunction[];
  readonly targets: ReadonlyMap<string, FunctionHandle>;
  /** Whether a call would find anything to do; saves the thread of a function that nobody needs. */
  readonly isWanted: (name: string) => Promise<boolean>;
  readonly log: Logger;
}

/** Calls functions by the clock, as EventBridge does on AWS; a call that lasts longer than the interval delays the next. */
export function startSchedules({ functions, targets, isWanted, log }: SchedulesOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const run = async ({ name, localEveryMs }: ScheduledFunction, target: FunctionHandle): Promise<void> => {
    let lastFailure = '';
    while (await waited(localEveryMs, stop.signal)) {
      try {
        if (await isWanted(name)) await target.invoke({ kind: 'json', value: { source: 'event-bus.schedule' } });
        lastFailure = '';
      } catch (error) {
        const { code, message } = failureOf(error);
        // Once for each cause: the next call comes soon, and fails alike until somebody mends it.
        if (message !== lastFailure) log.warn({ function: name, code }, message);
        lastFailure = message;
      }
    }
  };
  const loops = functions.map((scheduled) => {
    const target = targets.get(scheduled.name);
    if (target === undefined) throw new AppError('EVENTBUS_SOURCE_FUNCTION_MISSING', scheduled.name);
    return run(scheduled, target);
  });
  return {
    async close() {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

/** False when the wait was ended. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
