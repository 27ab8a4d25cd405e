import { type Command, InvalidArgumentError } from 'commander';
import { catalogue } from '../../catalogue/catalogue.ts';
import { consumerNamed } from '../../catalogue/lookup.ts';
import type { ReadPosition } from '../../kafka/reader.ts';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';
import { readPositionForms, readPositionOf } from '../consume/read-position.ts';
import { wholeNumber } from '../number-option.ts';

/** The flags of `event-bus replay` as commander gives them. */
export interface ReplayFlags extends ConnectionFlags {
  readonly topic?: string;
  readonly consumer?: string;
  readonly from: ReadPosition;
  readonly to: ReadPosition;
  readonly reset?: boolean;
  readonly rate?: number;
  readonly allowGaps?: boolean;
  readonly lake?: string;
  readonly postgres?: string;
  readonly function?: string;
  readonly dryRun?: boolean;
}

const names = catalogue.consumers.filter(({ sinks }) => !sinks.some((sink) => sink === 'lake')).map(({ name }) => name);

export function replayCommand(program: Command): void {
  const verb = program
    .command('replay')
    .description(
      'Delivers a range of a topic again to one consumer, beside live traffic and without touching offsets.',
    );
  connectionOptions(verb)
    .option('--topic <TOPIC>', 'topic to replay; with --reset every topic of the consumer')
    .option('--consumer <NAME>', `consumer that gets the records: ${names.join(', ')}`, knownConsumer)
    .option(
      '--from <POSITION>',
      `first record: ${readPositionForms}; earliest reaches into the lake`,
      position,
      'earliest',
    )
    .option('--to <POSITION>', 'end, before that record; same forms', position, 'latest')
    .option('--reset', 'empty the consumer’s tables first: the projection is rebuilt')
    .option('--rate <N>', 'records a second at most', wholeNumber(1, 10_000_000))
    .option('--allow-gaps', 'go on where records are neither in the topic nor in the lake')
    .option('--lake <PLACE>', 'another lake: a folder, or s3://BUCKET/PREFIX')
    .option('--postgres <URL>', 'another PostgreSQL; only --reset uses it')
    .option('--function <NAME>', 'name or ARN of the consumer’s function on AWS, instead of this machine’s')
    .option('--dry-run', 'tell what would be delivered, and end')
    .addHelpText(
      'after',
      `
The function is called as its event source mapping calls it; sinks keep one effect an event, so what is applied already
is absorbed. On a terminal p pauses and goes on; Ctrl-C stops, and "replay resume" goes on where it stopped.

Examples:
  event-bus replay --topic vehicle.telemetry.v1 --consumer timeseries-writer --from 2h
  event-bus replay --consumer window-aggregator --reset
  event-bus replay resume 20261121-101500-window-aggregator`,
    )
    .action(async (flags: ReplayFlags) => {
      const { startReplay } = await import('./run-replay.ts');
      process.exitCode = await startReplay(flags);
    });
  subcommands(verb);
}

function subcommands(verb: Command): void {
  verb
    .command('list')
    .description('Lists replays and how far they are.')
    .action(async (_options: unknown, command: Command) => {
      const { listReplays } = await import('./run-replay.ts');
      process.exitCode = listReplays(command.optsWithGlobals<ReplayFlags>());
    });
  verb
    .command('resume')
    .argument('<ID>', 'replay to go on with')
    .description('Goes on with a replay that was stopped or interrupted.')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { resumeReplay } = await import('./run-replay.ts');
      process.exitCode = await resumeReplay(id, command.optsWithGlobals<ReplayFlags>());
    });
  verb
    .command('cancel')
    .argument('<ID>', 'replay to forget')
    .description('Forgets a replay; what it delivered stays.')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { cancelReplay } = await import('./run-replay.ts');
      process.exitCode = cancelReplay(id, command.optsWithGlobals<ReplayFlags>());
    });
}

function position(text: string): ReadPosition {
  const found = readPositionOf(text, Date.now());
  if (found === undefined) throw new InvalidArgumentError(`Give ${readPositionForms}.`);
  return found;
}

function knownConsumer(name: string): string {
  if (consumerNamed(name) !== undefined && names.some((known) => known === name)) return name;
  throw new InvalidArgumentError(`Give one of ${names.join(', ')}.`);
}
