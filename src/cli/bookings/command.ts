import type { Command } from 'commander';
import { wholeNumber } from '../number-option.ts';

/** The flags of `event-bus bookings` as commander gives them. */
export interface BookingsFlags {
  readonly count: number;
  readonly seed: number;
}

export function bookingsCommand(program: Command): void {
  program
    .command('bookings')
    .description('Prints the events of made-up bookings in several cities, languages and currencies, for "produce".')
    .option('--count <N>', 'bookings', wholeNumber(1, 1_000_000), 20)
    .option('--seed <N>', 'the same seed makes the same bookings, apart from their times', wholeNumber(0, 2 ** 31), 1)
    .addHelpText(
      'after',
      `
Each line is a CloudEvent; the newest booking ends now. Events of different bookings are mixed in the order of their times.

Example:
  event-bus bookings --count 100 | event-bus produce domain.events`,
    )
    .action(async (flags: BookingsFlags) => {
      const { runBookings } = await import('./run-bookings.ts');
      process.exitCode = await runBookings(flags);
    });
}
