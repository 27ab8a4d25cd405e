import { type Command, Option } from 'commander';
import { defaultSettings } from '../../local/platform/settings.ts';
import { wholeNumber } from '../number-option.ts';

/** The flags of `event-bus availability` as commander gives them. */
export interface AvailabilityFlags {
  readonly city?: string;
  readonly station?: string;
  readonly vehicleType?: string;
  readonly kind: 'station' | 'vehicle';
  readonly limit: number;
  readonly cursor?: string;
  readonly postgres?: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

export function availabilityCommand(program: Command): void {
  program
    .command('availability')
    .description('Free vehicles and docks of shared mobility: by station or vehicle, and summed by city and type.')
    .option('--city <NAME>', 'one city, such as oslo')
    .option('--station <ID>', 'one station, or the vehicles that stand there')
    .option('--vehicle-type <TYPE>', 'one type, such as bike or scooter')
    .addOption(new Option('--kind <KIND>', 'what to list').choices(['station', 'vehicle']).default('station'))
    .option('--limit <N>', 'items at most', wholeNumber(1, 1000), 20)
    .option('--cursor <ID>', 'goes on behind this one, as the page before says')
    .option('--postgres <URL>', 'another database than that of the bus on this machine')
    .option('--data-dir <DIR>', 'folder of the bus on this machine', defaultSettings.dataDir)
    .option('--json', 'JSON for programs instead of text for people')
    .addHelpText(
      'after',
      `
Examples:
  event-bus availability --city oslo
  event-bus availability --city oslo --station 735 --json
  event-bus availability --kind vehicle --vehicle-type scooter`,
    )
    .action(async (flags: AvailabilityFlags) => {
      const { runAvailability } = await import('./run-availability.ts');
      process.exitCode = await runAvailability(flags);
    });
}
