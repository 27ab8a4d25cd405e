import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { sagaSteps } from '../../services/orders/read/saga-view.ts';
import { type DatabaseFlags, databaseOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';

export interface SagaListFlags extends DatabaseFlags {
  readonly step?: string;
  readonly all?: boolean;
  readonly stuck?: boolean;
  readonly limit: number;
}

export function sagasCommand(program: Command): void {
  const sagas = program
    .command('sagas')
    .description('Orders on their way through stock and payment: how far each is, and what it waits for.')
    .addHelpText(
      'after',
      `
Examples:
  event-bus sagas list
  event-bus sagas list --stuck
  event-bus sagas show 9b1f3c5e-…`,
    );
  const list = sagas.command('list').description('Shows sagas that have not ended, those that changed last first.');
  databaseOptions(list)
    .option('--step <STEP>', `only those at this step: ${sagaSteps.join(', ')}`, knownStep)
    .option('--all', 'also those that have ended')
    .option('--stuck', 'only those that do not get on: more than a minute past their deadline, or told to people')
    .option('--limit <N>', 'how many', wholeNumber(1, 1000), 50)
    .action(async (flags: SagaListFlags) => {
      const { runSagaList } = await import('./run-sagas.ts');
      process.exitCode = await runSagaList(flags);
    });
  const show = sagas
    .command('show')
    .argument('<ID>', 'a saga or its order')
    .description('Shows one saga with what it remembers.');
  databaseOptions(show).action(async (id: string, flags: DatabaseFlags) => {
    const { runSagaShow } = await import('./run-sagas.ts');
    process.exitCode = await runSagaShow(id, flags);
  });
}

function knownStep(text: string): string {
  if (sagaSteps.some((step) => step === text)) return text;
  throw new InvalidArgumentError(`Give one of ${sagaSteps.join(', ')}.`);
}
