import { type Command, InvalidArgumentError } from 'commander';
import type { ReadPosition } from '../../kafka/reader.ts';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';
import { readPositionForms, readPositionOf } from './read-position.ts';

/** The flags of `event-bus consume` as commander gives them. */
export interface ConsumeFlags extends ConnectionFlags {
  readonly from: ReadPosition;
  readonly partition?: number;
  readonly follow?: boolean;
  readonly limit?: number;
  readonly filter?: readonly string[];
  readonly key?: string;
}

export function consumeCommand(program: Command): void {
  const verb = program
    .command('consume')
    .argument('<TOPIC>', 'topic to read')
    .description('Prints decoded events: what the topic holds now, in the order of time; commits no offsets.');
  connectionOptions(verb)
    .option('--from <POSITION>', `where to begin in every partition: ${readPositionForms}`, positionOf, 'earliest')
    .option('--partition <N>', 'only this partition', wholeNumber(0, 1_000_000))
    .option('--follow', 'goes on with new records as they come, until Ctrl-C')
    .option('--limit <N>', 'ends after so many records', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--filter <FIELD=VALUE>', 'only records with this value; can be repeated, then all must match', collected)
    .option('--key <KEY>', 'only records with this key')
    .addHelpText(
      'after',
      `
For people: time in the log (UTC), partition:offset, key, type, and the data without fields that are null. With --json: a
CloudEvent a line, with topic, partition, offset, timestamp and key, which "produce" takes back. A record that cannot
be decoded is shown with its error code; then the exit code is 1.

Examples:
  event-bus consume alerts --follow
  event-bus consume alerts --filter kind=low_battery_alert --filter ce_type=alert.raised
  event-bus consume vehicle.telemetry.v1 --from 15m --key van-7 --json | jq .data.speedKmh`,
    )
    .action(async (topic: string, flags: ConsumeFlags) => {
      const { runConsume } = await import('./run-consume.ts');
      process.exitCode = await runConsume(topic, flags);
    });
}

function positionOf(text: string): ReadPosition {
  const position = readPositionOf(text, Date.now());
  if (position === undefined) throw new InvalidArgumentError(`Give ${readPositionForms}.`);
  return position;
}

function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
