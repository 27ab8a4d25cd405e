import { makeFunctionLog } from '../consumers/function-log.ts';
import type { EventBusLog } from './options.ts';

/** A log of JSON lines on standard error. @throws AppError EVENTBUS_CONSUMER_CONFIGURATION for an unknown level */
export function standardLog(name: string, level: string | undefined): EventBusLog {
  const lowest = level === undefined || level === '' ? 'warn' : level;
  return makeFunctionLog({ name, level: lowest, write: toStandardError });
}

function toStandardError(line: string): void {
  process.stderr.write(line);
}

/** A log whose warnings are no more than details while `quiet` says so. */
export function quietWhen(quiet: () => boolean, log: EventBusLog): EventBusLog {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => (quiet() ? log.debug(fields, message) : log.warn(fields, message)),
    error: (fields, message) => log.error(fields, message),
  };
}
