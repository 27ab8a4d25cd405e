import type { Command } from 'commander';
import { type DatabaseFlags, databaseOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';

export function outboxCommand(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('Events that the log refuses: why, and what waits behind them.')
    .addHelpText(
      'after',
      `
Examples:
  event-bus outbox list
  event-bus outbox retry
  event-bus outbox discard outbox:17 --why 'test data of Monday, agreed with the shop'`,
    );
  const list = outbox.command('list').description('Shows events that are put aside; exit code 1 when there are some.');
  databaseOptions(list)
    .option('--limit <N>', 'how many', wholeNumber(1, 1000), 50)
    .action(async (flags: DatabaseFlags & { readonly limit: number }) => {
      const { runOutboxList } = await import('./run-outbox.ts');
      process.exitCode = await runOutboxList(flags);
    });
  const retry = outbox
    .command('retry')
    .argument('[ID]', 'one of the list; all without it')
    .description('Has them offered to the log again now, for when the schema, the limit or the topic is mended.');
  databaseOptions(retry).action(async (id: string | undefined, flags: DatabaseFlags) => {
    const { runOutboxRetry } = await import('./run-outbox.ts');
    process.exitCode = await runOutboxRetry(id ?? null, flags);
  });
  const discard = outbox
    .command('discard')
    .argument('<ID>', 'one of the list')
    .description('Takes one out for good, so that what waits behind it goes on without it; kept in discarded_event.');
  databaseOptions(discard)
    .requiredOption('--why <TEXT>', 'for whoever misses the event later')
    .action(async (id: string, flags: DatabaseFlags & { readonly why: string }) => {
      const { runOutboxDiscard } = await import('./run-outbox.ts');
      process.exitCode = await runOutboxDiscard(id, flags);
    });
}
