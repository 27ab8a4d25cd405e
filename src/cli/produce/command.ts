import type { Command } from 'commander';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';

/** The flags of `event-bus produce` as commander gives them. */
export interface ProduceFlags extends ConnectionFlags {
  readonly file?: string;
  readonly type?: string;
  readonly key?: string;
  readonly source?: string;
  readonly stream?: boolean;
  readonly skipBad?: boolean;
}

export function produceCommand(program: Command): void {
  const verb = program
    .command('produce')
    .argument('<TOPIC>', 'topic of the catalogue; "event-bus topics TOPIC" shows its fields and an example line')
    .description('Publishes JSON lines as events: all of them, or none when a line does not fit the schema.');
  connectionOptions(verb)
    .option('--file <PATH>', 'file of JSON lines, instead of standard input')
    .option('--type <TYPE>', 'event type of every line; needed when the topic has several and the lines name none')
    .option('--key <KEY>', "record key of every line; otherwise the value of the topic's key field")
    .option('--source <URI>', 'CloudEvents source of every line; otherwise the one it names, or //event-bus/cli')
    .option('--stream', 'sends each line as it comes and stops at the first bad one, for input without an end')
    .option('--skip-bad', 'leaves bad lines out instead of refusing the input; exit code 1 when there are any')
    .addHelpText(
      'after',
      `
A line is the data alone, a CloudEvent in structured mode ({"specversion":"1.0","id":…,"data":{…}}, which is also what
"consume --json" prints), or the event envelope ({"eventId":…,"eventType":…,"data":{…}}). Flags go before what a line says.

Examples:
  event-bus produce sensor.raw --file readings.jsonl
  echo '{"orderId":"o-1","customerId":"c-1","currency":"EUR","itemsMinor":1990,"totalMinor":1990}' |
    event-bus produce order-events --type order.created
  event-bus consume alerts --json --kafka old:9092 | event-bus produce alerts`,
    )
    .action(async (topic: string, flags: ProduceFlags) => {
      const { runProduce } = await import('./run-produce.ts');
      process.exitCode = await runProduce(topic, flags);
    });
}
