import type { Counts } from '../../core/embedded-metrics.ts';
import type { AppError } from '../../core/errors/app-error.ts';

export interface FunctionOptions {
  /** Name of the function, as a rule its consumer's. */
  readonly name: string;
  /** Module that exports `handler`: a path, absolute or from the working directory. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Limit of the thread's heap; buffers outside the heap are not counted, as Lambda does. */
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Metric lines that the function writes. */
  readonly onMetrics?: (counts: Counts) => void;
  /** Every other line of its standard output and error. */
  readonly onLog?: (line: string) => void;
  /** Told when the thread ended unasked, with the wait before the next start. */
  readonly onRestart?: (error: AppError, waitMs: number) => void;
  /** Time that the module may take to load, ms; @default 30000 */
  readonly initTimeoutMs?: number;
}

/** How one invocation is made. */
export interface InvocationOptions {
  /** @default a random one */
  readonly requestId?: string;
  /** In an environment of its own, one such invocation after the other, for events that may end it. @default false */
  readonly alone?: boolean;
}
