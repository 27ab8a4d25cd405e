import type { Consumer } from '../../catalogue/model.ts';
import type { Backoff } from '../../core/retry-delay.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import type { InvocationOptions } from '../functions/function-options.ts';
import type { FunctionPayload } from '../functions/messages.ts';
import { steadyNow } from '../steady-clock.ts';
import type { FailureSinks } from './failure-destination.ts';

/** The part of a pino logger that the event source writes to. */
export interface SourceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A function as the event source calls it. */
export interface Invocable {
  invoke(payload: FunctionPayload, options?: InvocationOptions): Promise<unknown>;
}

/** Settings that all mappings share; every one has a default. */
export interface SourceTuning {
  /** Waits between deliveries of a failing record; @default 200 ms doubling to 5 s */
  readonly backoff?: Backoff;
  /** Settled offsets are committed so often; @default 200 ms */
  readonly commitIntervalMs?: number;
  /** @default 10000 */
  readonly sessionTimeoutMs?: number;
  /** JSON characters of an event at most; @default Lambda's 6 MB */
  readonly maxJsonLength?: number;
  /** Fetched bytes that a consumer holds at most, beyond one fetch; @default 32 MiB */
  readonly maxBufferedBytes?: number;
  /** Time that running invocations get when the source closes; @default 10000 */
  readonly closeTimeoutMs?: number;
  /** What the ages of records and the waits of partitions go by, ms since 1970-01-01 UTC; @default a clock that nobody sets */
  readonly clock?: () => number;
}

export interface ConsumerSourceOptions {
  readonly consumer: Consumer;
  readonly connection: KafkaConnection;
  readonly target: Invocable;
  readonly log: SourceLog;
  readonly tuning: SourceTuning;
  /** Needed by consumers with an on-failure destination. */
  readonly failureSinks?: FailureSinks | undefined;
}

export interface MappingStatus {
  readonly consumer: string;
  readonly topic: string;
  readonly partitions: number;
  /** Records in the log that are not settled. */
  readonly lagRecords: number;
  /** Records with the function. */
  readonly inFlightRecords: number;
  /** Fetched records that are not settled. */
  readonly bufferedRecords: number;
  /** Records that no filter let through, since the start. */
  readonly filteredRecords: number;
  /** Records that were given up, and are at the on-failure destination if there is one, since the start. */
  readonly givenUpRecords: number;
  readonly invocations: number;
  readonly failedInvocations: number;
  readonly paused: boolean;
  /** The last failure, until something goes well again. */
  readonly lastError: string | null;
}

/** Lambda's limit of a synchronous invocation's payload, less room for the event around the records. */
export const lambdaPayloadCharacters = 6 * 1_048_576 - 4_096;

export const tuningDefaults = {
  backoff: { baseMs: 200, capMs: 5_000 },
  commitIntervalMs: 200,
  sessionTimeoutMs: 10_000,
  maxJsonLength: lambdaPayloadCharacters,
  maxBufferedBytes: 32 * 1_048_576,
  closeTimeoutMs: 10_000,
  clock: steadyNow,
} satisfies Required<SourceTuning>;
