import type { Command } from 'commander';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';

export function topicsCommand(program: Command): void {
  const verb = program
    .command('topics')
    .argument('[NAME]', 'one topic: its schema, an example event, offsets, and the lag of its consumer groups')
    .description('Shows the topics of a cluster beside what the catalogue declares.');
  connectionOptions(verb)
    .option('--catalogue', 'only what the catalogue declares; asks no cluster')
    .addHelpText(
      'after',
      '\nExamples:\n  event-bus topics\n  event-bus topics alerts\n  event-bus topics order-events --catalogue --json',
    )
    .action(async (name: string | undefined, flags: TopicsFlags) => {
      const { runTopics } = await import('./run-topics.ts');
      await runTopics(name, flags);
    });
}

export interface TopicsFlags extends ConnectionFlags {
  readonly catalogue?: boolean;
}
