import { type Command, InvalidArgumentError } from 'commander';
import { dayMs, hourMs } from '../../catalogue/duration.ts';
import { defaultSettings } from '../../local/platform/settings.ts';

/** The flags of `event-bus token` as commander gives them. */
export interface TokenFlags {
  readonly user: string;
  readonly role: readonly string[];
  /** ms */
  readonly expires: number;
  readonly dataDir: string;
  readonly json?: boolean;
}

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('Prints a token of this bus’s development issuer, for the HTTP API and the realtime gateway.')
    .requiredOption('--user <ID>', 'user that the token speaks for')
    .option('--role <ROLE>', 'a role of the user, admin or operator for instance; may be repeated', collect, [])
    .option('--expires <DURATION>', 'how long it holds: 30s, 15m, 1h or 7d', lifetime, hourMs)
    .option('--data-dir <DIR>', 'folder of the bus on this machine, which has the key', defaultSettings.dataDir)
    .option('--json', 'token, user, roles and end as JSON')
    .addHelpText(
      'after',
      `
For development only: the key that signs lies below the data directory, and services of that bus believe it.

Examples:
  event-bus token --user ada
  event-bus token --user ada --role admin --expires 8h
  curl -H "Authorization: Bearer $(event-bus token --user ada)" http://127.0.0.1:8088/…`,
    )
    .action(async (flags: TokenFlags) => {
      const { runToken } = await import('./run-token.ts');
      await runToken(flags);
    });
}

const collect = (role: string, roles: readonly string[]) => [...roles, role];

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: hourMs, d: dayMs };
const maxLifetimeMs = 365 * dayMs;

/** Parser of a length of time. */
function lifetime(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit] ?? Number.NaN);
  if (ms > 0 && ms <= maxLifetimeMs) return ms;
  throw new InvalidArgumentError('Give a number and a unit, 30s, 15m, 1h or 7d; a year at most.');
}
