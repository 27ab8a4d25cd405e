import { type Command, InvalidArgumentError } from 'commander';
import { environment } from '../../catalogue/environment.ts';
import { letterStatuses } from '../../core/redrive/letter-query.ts';
import { connectionOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';
import type { DeskFlags } from './open-desk.ts';
import type { RedriveFlags } from './redrive-flags.ts';
import { type SelectionFlags, timeOf } from './selection.ts';

export type ListFlags = DeskFlags &
  SelectionFlags & { readonly letters?: boolean; readonly limit: number; readonly cursor?: string };
export type DiscardFlags = DeskFlags & SelectionFlags & { readonly reason: string; readonly dryRun?: boolean };
export type StatsFlags = DeskFlags & SelectionFlags;

const limit = 50;

export function dlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('Dead letters: records that a consumer could not apply. See why, mend them, send them again.')
    .addHelpText(
      'after',
      `
The usual way: list, show a group, redrive it with --dry-run, redrive it.

  event-bus dlq list
  event-bus dlq show 0f3a9c51d2b7e640
  event-bus dlq redrive --group 0f3a9c51d2b7e640 --migrate fix.ts --dry-run
  event-bus dlq redrive --group 0f3a9c51d2b7e640 --migrate fix.ts

The same operations over HTTP: "event-bus start" prints the address; GET /api lists them.`,
    );
  listCommand(dlq);
  showCommand(dlq);
  statsCommand(dlq);
  redriveCommand(dlq);
  discardCommand(dlq);
  endCommands(dlq);
}

/** Flags of every verb here. */
function deskOptions(verb: Command): Command {
  return connectionOptions(verb)
    .option('--postgres <URL>', 'another PostgreSQL')
    .option(
      '--objects <URL>',
      `another object store: s3://BUCKET/PREFIX or file:///FOLDER; else ${environment.objects}`,
    );
}

/** Flags that name letters; all conditions hold together. */
function selectionOptions(verb: Command): Command {
  return verb
    .option('--group <ID>', 'letters of this group')
    .option('--consumer <NAME>', 'letters of this consumer')
    .option('--topic <TOPIC>', 'letters of this topic')
    .option('--code <CODE>', 'letters with this error code')
    .option('--key <KEY>', 'letters with this record key')
    .option('--schema-version <NAME>', 'letters written with this version, such as VehicleState/v2')
    .option('--since <TIME>', 'failed last at or after: 2026-05-04T10:00:00Z, or an age such as 2h', timeOf)
    .option('--until <TIME>', 'failed last before: same forms', timeOf);
}

function listCommand(dlq: Command): void {
  const verb = dlq.command('list').description('Shows groups of letters of one cause, the latest first.');
  selectionOptions(deskOptions(verb))
    .option('--status <STATUS>', `${letterStatuses.join(', ')} or all`, 'open')
    .option('--letters', 'single letters instead of groups')
    .option('--limit <N>', 'how many', wholeNumber(1, 1000), limit)
    .option('--cursor <TEXT>', 'where the page before ended, as it says')
    .action(async (flags: ListFlags) => {
      const { runList } = await import('./run-list.ts');
      process.exitCode = await runList(flags);
    });
}

function showCommand(dlq: Command): void {
  const verb = dlq
    .command('show')
    .argument('<ID>', 'a group (16 digits), a letter or a redrive (UUIDs)')
    .description('Shows one group with its numbers and a sample, one letter with its value and stack, or one redrive.');
  deskOptions(verb).action(async (id: string, flags: DeskFlags) => {
    const { runShow } = await import('./run-show.ts');
    process.exitCode = await runShow(id, flags);
  });
}

function statsCommand(dlq: Command): void {
  const verb = dlq
    .command('stats')
    .description('Counts letters by status, reason and hour; names unfinished redrives.');
  selectionOptions(deskOptions(verb)).action(async (flags: StatsFlags) => {
    const { runStats } = await import('./run-stats.ts');
    process.exitCode = await runStats(flags);
  });
}

function redriveCommand(dlq: Command): void {
  const verb = dlq
    .command('redrive')
    .argument('[ID...]', 'letters; or name them with --group and the other conditions')
    .description('Sends letters again: to their own topic, for the consumer that failed only, or to another topic.');
  selectionOptions(deskOptions(verb))
    .option('--dry-run', 'tell what would be sent and show a sample before and after, and end')
    .option('--sample <N>', 'letters to show before and after', wholeNumber(0, 100), 3)
    .option('--migrate <FILE>', 'a TypeScript file that exports migrate(letter): the value to send instead, or null')
    .option('--patch <JSON>', 'a JSON merge patch for every value, instead of a file')
    .option('--to-topic <TOPIC>', 'another topic, for whoever reads it')
    .option('--rate <N>', 'letters a second at most', rate, 100)
    .option('--max-redrives <N>', 'refuse a record that was redriven so often', wholeNumber(0, 1000), 3)
    .option('--accept-reordering', 'send letters although later records of their key are in the log')
    .option('--send-rest', 'send what can be sent although some letters are refused')
    .option('--reason <TEXT>', 'why, for the audit trail')
    .addHelpText('after', redriveHelp)
    .action(async (ids: readonly string[], flags: RedriveFlags) => {
      const { runRedriveVerb } = await import('./run-redrive.ts');
      process.exitCode = await runRedriveVerb(ids, flags);
    });
}

const redriveHelp = `
Everything is looked at before anything is sent: bytes there, migration without errors, result fits the target's schema,
not redriven too often, order of each key. One refusal, and nothing is sent (exit code 1), unless --send-rest.

Order: letters of one key are sent in the order of the log. A consumer that relies on order has met later records of the
key, if there are any in the log: those letters are refused, unless --accept-reordering. What arrives while letters are
being sent is not seen. Consumers without order (the time series) take them any time.

The event keeps its id, so a letter that is sent twice, after a crash, has one effect. Ctrl-C pauses; "dlq resume ID" goes
on. Other consumers of the topic record that they skipped it.

A migration, run by Node itself:
  import type { Migrate } from './src/core/redrive/migration.ts';
  export const migrate: Migrate<'VehicleTelemetry'> = ({ value }) =>
    value === undefined ? null : { ...value, time: Math.min(value.time, value.receivedAt) };

Examples:
  event-bus dlq redrive --group 0f3a9c51d2b7e640 --migrate fix.ts --dry-run --sample 10
  event-bus dlq redrive --consumer window-aggregator --since 2h --rate 500 --reason "database is back"
  event-bus dlq redrive 7d0f6a0c-… --patch '{"speedKmh": null}'`;

function discardCommand(dlq: Command): void {
  const verb = dlq
    .command('discard')
    .argument('[ID...]', 'letters; or name them with --group and the other conditions')
    .description('Gives open letters up; they stay readable.');
  selectionOptions(deskOptions(verb))
    .requiredOption('--reason <TEXT>', 'why, for the audit trail')
    .option('--dry-run', 'only count')
    .action(async (ids: readonly string[], flags: DiscardFlags) => {
      const { runDiscard } = await import('./run-discard.ts');
      process.exitCode = await runDiscard(ids, flags);
    });
}

const ends = {
  resume: 'Sends what is left of a redrive that was paused, interrupted or only planned.',
  pause: 'Stops a redrive, also one that another program sends; the letters stay with it.',
  cancel: 'Ends a redrive for good; what was not sent is open again.',
} as const;

function endCommands(dlq: Command): void {
  for (const action of ['resume', 'pause', 'cancel'] as const) {
    const verb = dlq.command(action).argument('<ID>', 'the redrive').description(ends[action]);
    deskOptions(verb).action(async (id: string, flags: DeskFlags) => {
      const { runEnd } = await import('./run-end.ts');
      process.exitCode = await runEnd(action, id, flags);
    });
  }
}

function rate(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100_000) return value;
  throw new InvalidArgumentError('Give a number above 0, at most 100000.');
}
