import { type Command, InvalidArgumentError } from 'commander';
import { catalogue } from '../../catalogue/catalogue.ts';
import { consumerNamed } from '../../catalogue/lookup.ts';
import { type ChainedTopic, chainedTopics } from '../../codec/chained-entry.ts';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';

/** The flags of `event-bus audit` as commander gives them. */
export interface AuditFlags extends ConnectionFlags {
  readonly postgres?: string;
  readonly lake?: string;
  readonly consumer?: readonly string[];
  /** Seconds; absent: no waiting. */
  readonly wait?: number;
  /** Verifies hash chains instead of comparing sinks. */
  readonly chain?: boolean;
  /** Only these topics, with `chain`. */
  readonly topic?: readonly ChainedTopic[];
}

const names = catalogue.consumers.map(({ name }) => name).join(', ');

export function auditCommand(program: Command): void {
  const verb = program
    .command('audit')
    .description('Compares the log with every sink: each record must have exactly one fate at each consumer.');
  connectionOptions(verb)
    .option('--postgres <URL>', 'another PostgreSQL')
    .option('--lake <DIR>', 'another folder of Parquet files')
    .option('--consumer <NAME>', `only this consumer, can be repeated: ${names}`, collected)
    .option('--wait [SECONDS]', 'wait until every consumer has caught up, 120 s at most', wholeNumber(1, 86_400))
    .option('--chain', 'verify the hash chains of audit and compliance entries instead')
    .option('--topic <TOPIC>', `only this topic, with --chain: ${Object.keys(chainedTopics).join(', ')}`, chained)
    .addHelpText(
      'after',
      `
Exit code 0: nothing missing, nothing duplicated. 1: something is. 3: Kafka or a sink cannot be reached, or consumers
are still behind when the waiting time is over.
  readings      what has a fate of its own: the readings inside a raw record, otherwise the record
  copies        second copies of an event in the log; their effect is that of the first
  missing       no effect, no recorded skip, no dead letter
  duplicated    an effect that a sink holds more than once

Examples:
  event-bus audit --wait
  event-bus audit --consumer lake-transform --json
  event-bus audit --chain`,
    )
    .action(async ({ wait: waiting, ...flags }: Omit<AuditFlags, 'wait'> & { readonly wait?: number | true }) => {
      if (flags.chain === true) {
        const { chainVerb } = await import('./chain-verb.ts');
        process.exitCode = await chainVerb(flags);
        return;
      }
      const { auditVerb } = await import('./audit-verb.ts');
      const wait = waiting === true ? 120 : waiting;
      process.exitCode = await auditVerb({ ...flags, ...(wait === undefined ? {} : { wait }) });
    });
}

function collected(name: string, before: readonly string[] | undefined): readonly string[] {
  if (consumerNamed(name) === undefined) throw new InvalidArgumentError(`Give one of ${names}.`);
  return [...(before ?? []), name];
}

function chained(name: string, before: readonly ChainedTopic[] | undefined): readonly ChainedTopic[] {
  if (name in chainedTopics) return [...(before ?? []), name as ChainedTopic];
  throw new InvalidArgumentError(`Give one of ${Object.keys(chainedTopics).join(', ')}.`);
}
