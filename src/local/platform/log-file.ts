import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { folders } from './settings.ts';

export function logFileOf(dataDir: string): string {
  return join(folders(dataDir).logs, 'event-bus.log');
}

/** The log of all parts, appended to from start to start. Lines are written at once, so that a kill loses none. */
export function openLog(dataDir: string): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, pino.destination({ dest: logFileOf(dataDir), mkdir: true, sync: true }));
}
