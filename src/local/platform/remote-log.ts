import type { Logger } from 'pino';

/** One log line on its way to the thread that owns the log file. */
export interface RemoteLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly text: string;
}

/** A logger that hands each line over instead of writing it. Accepts pino's two call forms: (fields, text) and (text). */
export function remoteLog(send: (line: RemoteLogLine) => void): Pick<Logger, 'info' | 'warn' | 'error'> {
  const at = (level: RemoteLogLine['level']) => (first: unknown, second?: unknown) => {
    if (typeof first === 'string') send({ level, fields: {}, text: first });
    else send({ level, fields: plain(first), text: typeof second === 'string' ? second : '' });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors and functions do not cross threads as they are: JSON does. */
function plain(fields: unknown): object {
  const text = JSON.stringify(fields, (_, value: unknown) =>
    value instanceof Error ? { message: value.message, stack: value.stack } : value,
  );
  return JSON.parse(text ?? '{}') as object;
}
