import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultSettings } from '../../local/platform/settings.ts';
import { targetHelp, viaOption } from '../device-target.ts';
import type { Via } from '../devices/open-link.ts';
import { wholeNumber } from '../number-option.ts';
import type { Speed } from './pacing.ts';
import { type ProfileName, profiles } from './profile.ts';

/** The recorded shop: not devices but services, so its events go straight to the topics. */
const shop = {
  name: 'olist',
  description: 'shop, orders as their events (ecommerce_olist_orders.csv, with items and payments beside it)',
} as const;

/** The flags of `event-bus replay-file` as commander gives them. */
export interface ReplayFlags {
  readonly profile: ProfileName | typeof shop.name;
  readonly via: Via;
  readonly speed: Speed;
  readonly batch?: number;
  readonly window?: number;
  readonly outage: number;
  readonly target?: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

const described = [...Object.values(profiles), shop].map(
  ({ name, description }) => `  ${name.padEnd(8)}${description}`,
);

export function replayFileCommand(program: Command): void {
  program
    .command('replay-file')
    .argument('<FILE>', 'CSV file with one header line')
    .description('Sends a recorded file as the devices in it would have.')
    .addOption(profileOption())
    .addOption(viaOption())
    .option(
      '--speed <FACTOR|max>',
      'times the recorded pace, or as fast as the bus acknowledges',
      speed,
      'max' as Speed,
    )
    .option('--batch <N>', 'readings of a vehicle in one message', wholeNumber(1, 500))
    .option('--window <N>', 'messages on the way at once', wholeNumber(1, 10_000))
    .option(
      '--outage <SECONDS>',
      'how long the bus may be away before the replay gives up',
      wholeNumber(1, 86_400),
      300,
    )
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
Profiles:
${described.join('\n')}

What the bus has not acknowledged is sent again after it comes back. Dates that do not exist are sent as they stand, as
a faulty clock would: the bus judges them.
Exit code 0: every row was sent and acknowledged. 1: rows could not be read, or readings were refused.

Examples:
  event-bus replay-file ev_telemetry_twizy_rabat_2021.csv --profile twizy --speed 600
  event-bus replay-file wind_scada_yalova_2018.csv --profile scada --via grpc --speed max
  event-bus replay-file ecommerce_olist_orders.csv --profile olist`,
    )
    .action(async (file: string, flags: ReplayFlags) => {
      const { profile } = flags;
      if (profile === shop.name) {
        const { runReplayOrders } = await import('./olist/run-replay-orders.ts');
        process.exitCode = await runReplayOrders(file, flags);
        return;
      }
      const { runReplayFile } = await import('./run-replay-file.ts');
      process.exitCode = await runReplayFile(file, { ...flags, profile });
    });
}

function profileOption(): Option {
  const option = new Option('--profile <NAME>', 'what the file holds').makeOptionMandatory();
  return option.choices([...Object.keys(profiles), shop.name]);
}

function speed(text: string): Speed {
  if (text === 'max') return 'max';
  const factor = Number(text);
  if (Number.isFinite(factor) && factor > 0) return factor;
  throw new InvalidArgumentError('Give a factor above 0 such as 600, or max.');
}
