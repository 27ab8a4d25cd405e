import type { Command } from 'commander';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';

/** The flags of `event-bus schemas check` as commander gives them. */
export interface CheckFlags extends Omit<ConnectionFlags, 'kafka'> {
  readonly postgres?: string;
  readonly checkout?: string;
  readonly candidate?: string;
  readonly offline?: boolean;
}

export function schemasCommand(program: Command): void {
  const schemas = program.command('schemas').description('Schemas of the topics’ values.');
  const verb = schemas
    .command('check')
    .argument('[SUBJECT]', 'only this subject')
    .description('Checks every version against the compatibility promised, and against the dead letters that wait.');
  connectionOptions(verb)
    .option('--postgres <URL>', 'another PostgreSQL')
    .option('--checkout <DIR>', 'checkout whose folder schemas is checked; else the current one, else this program’s')
    .option('--candidate <FILE>', 'an Avro file as the next version of SUBJECT, before it is added')
    .option('--offline', 'without counting dead letters')
    .addHelpText(
      'after',
      `
Exit code 1: a version breaks its promise, or letters wait that the newest version cannot read. Redrive those before the
new version is in use, or with --migrate afterwards.

Examples:
  event-bus schemas check
  event-bus schemas check VehicleState --candidate draft.avsc`,
    )
    .action(async (subject: string | undefined, flags: CheckFlags) => {
      const { runCheck } = await import('./run-check.ts');
      process.exitCode = await runCheck(subject, flags);
    });
}
