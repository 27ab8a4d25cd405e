import { type Command, InvalidArgumentError } from 'commander';
import { defaultSettings } from '../../local/platform/settings.ts';
import { targetHelp, viaOption } from '../device-target.ts';
import type { Via } from '../devices/open-link.ts';
import { wholeNumber } from '../number-option.ts';
import { defaultPopulation } from './simulate.ts';

/** The flags of `event-bus simulate` as commander gives them. */
export interface SimulateFlags {
  readonly rate: number;
  readonly vehicles: number;
  readonly scooters: number;
  readonly turbines: number;
  readonly batch: number;
  readonly seed: number;
  readonly via: Via;
  readonly seconds?: number;
  readonly window?: number;
  readonly target?: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

const crowd = wholeNumber(0, 10_000);

export function simulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('Sends readings of simulated vehicles, scooters and wind turbines until Ctrl-C.')
    .option('--rate <N>', 'readings a second of all devices together', rate, 50)
    .option('--vehicles <N>', 'cars and vans of the own fleet', crowd, defaultPopulation.vehicles)
    .option('--scooters <N>', 'shared scooters', crowd, defaultPopulation.scooters)
    .option('--turbines <N>', 'wind turbines', crowd, defaultPopulation.turbines)
    .option(
      '--batch <N>',
      'readings that a vehicle puts into one message',
      wholeNumber(1, 500),
      defaultPopulation.batch,
    )
    .option('--seed <N>', 'the same seed makes the same devices', wholeNumber(0, 2 ** 31), defaultPopulation.seed)
    .addOption(viaOption())
    .option('--seconds <N>', 'end after this time', wholeNumber(1, 31_536_000))
    .option('--window <N>', 'messages on the way at once', wholeNumber(1, 100_000))
    .option('--target <ADDRESS>', targetHelp)
    .option(
      '--data-dir <DIR>',
      'folder of the bus on this machine, which tells where it is reached',
      defaultSettings.dataDir,
    )
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      `
Batteries drain with speed and cold and are charged again, turbines follow their power curve, and now and then something
happens: a low battery, speeding, a ride out of the city, a fault, a turbine that stands still.
Exit code 0: ended by --seconds. 130: by Ctrl-C. 1: readings were refused or not answered.

Examples:
  event-bus simulate
  event-bus simulate --rate 5000 --vehicles 200 --batch 20 --seconds 60
  event-bus simulate --via mqtts --seconds 10
  event-bus simulate --via grpc --scooters 0 --turbines 100 --json`,
    )
    .action(async (flags: SimulateFlags) => {
      const { runSimulate } = await import('./run-simulate.ts');
      process.exitCode = await runSimulate(flags);
    });
}

function rate(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('Give readings a second, above 0 and up to 1000000.');
}
