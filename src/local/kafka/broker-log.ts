import type { ErrorCode } from '../../core/errors/registry.ts';

/** One event of the broker's log; never carries a record's content. */
export interface BrokerLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly code?: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

export type BrokerLog = (line: BrokerLogLine) => void;

/** JSON, one event a line, on standard error; information is left out. */
export const logToStandardError: BrokerLog = (line) => {
  if (line.level !== 'info') process.stderr.write(`${JSON.stringify({ part: 'kafka', ...line })}\n`);
};
