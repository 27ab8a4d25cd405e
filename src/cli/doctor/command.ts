import type { Command } from 'commander';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';

/** The flags of `event-bus doctor` as commander gives them. */
export interface DoctorFlags extends ConnectionFlags {
  readonly postgres?: string;
}

export function doctorCommand(program: Command): void {
  const verb = program
    .command('doctor')
    .description(
      'Checks the installation, the catalogue and every part of the bus, and says how to mend what is wrong.',
    );
  connectionOptions(verb)
    .option('--postgres <URL>', 'another PostgreSQL')
    .addHelpText(
      'after',
      `
Works with the bus running or stopped; a cluster or database named by a flag is checked in both cases. Exit code 1 when
a check fails; warnings alone are 0.

Examples:
  event-bus doctor
  event-bus doctor --kafka localhost:19092 --postgres postgres://me@localhost/bus
  event-bus doctor --json | jq '.findings[] | select(.status != "ok")'`,
    )
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import('./run-doctor.ts');
      process.exitCode = await runDoctor(flags);
    });
}
