import { CommanderError } from 'commander';
import { AppError } from '../core/errors/app-error.ts';

/** What the command's exit code means; printed by `event-bus --help`. */
export const exitCodes = {
  ok: 0,
  /** The command worked and found something wrong: missing records, a failed check. */
  finding: 1,
  /** Bad flags, bad input file, unknown name. */
  usage: 2,
  /** Kafka, PostgreSQL or another part cannot be started or reached. */
  unavailable: 3,
  /** A defect of the program. */
  internal: 70,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof AppError && error.code === 'EVENTBUS_KAFKA_RECORDS_CORRUPT') return exitCodes.finding;
  if (error instanceof AppError) return error.failure === 'dependency' ? exitCodes.unavailable : exitCodes.usage;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  return exitCodes.internal;
}
