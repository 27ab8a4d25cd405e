import { type Command, InvalidArgumentError, Option } from 'commander';
import { actorRoles } from '../../core/fleet/actor.ts';
import { commandKinds, commandPriorities, defaultValiditySeconds } from '../../services/fleet/command-request.ts';
import { type ConnectionFlags, connectionOptions } from '../connection-options.ts';
import { wholeNumber } from '../number-option.ts';

/** Flags of every verb here, as commander gives them. */
export interface FleetFlags extends ConnectionFlags {
  readonly postgres?: string;
}

export interface SendFlags extends FleetFlags {
  readonly vehicle: string;
  readonly kind: string;
  readonly as: string;
  readonly priority: string;
  readonly expires: number;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly speedLimit?: number;
  readonly softwareVersion?: string;
  readonly parameter?: Readonly<Record<string, string>>;
  /** Seconds; absent: no waiting. */
  readonly wait?: number | true;
}

export interface ListFlags extends FleetFlags {
  readonly vehicle: string;
  readonly limit: number;
}

export interface AnswerFlags {
  readonly vehicle: string;
  readonly dataDir: string;
  readonly target?: string;
  readonly reject?: boolean;
  readonly silent?: boolean;
  readonly json?: boolean;
}

export function commandCommand(program: Command): void {
  const command = program
    .command('command')
    .description('Commands to vehicles: judged by the policy, sent over MQTT, followed until they are done.')
    .addHelpText(
      'after',
      `
The usual way, with a vehicle in a second terminal that answers what it is told:

  event-bus command answer --vehicle van-7
  event-bus command send --vehicle van-7 --kind unlock --wait
  event-bus command list --vehicle van-7

The same operations over HTTP: "event-bus start" prints the address; GET /api lists them.`,
    );
  sendCommand(command);
  listCommand(command);
  idCommands(command);
  answerCommand(command);
}

function fleetOptions(verb: Command): Command {
  return connectionOptions(verb).option('--postgres <URL>', 'another PostgreSQL');
}

function sendCommand(command: Command): void {
  const verb = command.command('send').description('Gives a vehicle a command and prints its id.');
  fleetOptions(verb)
    .requiredOption('--vehicle <ID>', 'the vehicle that shall act')
    .addOption(new Option('--kind <KIND>', 'what it shall do').choices(commandKinds).makeOptionMandatory())
    .addOption(
      new Option('--as <ROLE>', 'role to act in; the policy knows what each may do')
        .choices(actorRoles.filter((role) => role !== 'policy'))
        .default('operator'),
    )
    .addOption(new Option('--priority <PRIORITY>', 'how urgent it is').choices(commandPriorities).default('normal'))
    .option('--expires <SECONDS>', 'until when it may begin', wholeNumber(1, 86_400), defaultValiditySeconds)
    .option('--latitude <DEGREES>', 'where to go, with go-to', decimal)
    .option('--longitude <DEGREES>', 'where to go, with go-to', decimal)
    .option('--speed-limit <KMH>', 'with set-speed-limit', decimal)
    .option('--software-version <VERSION>', 'with update-software')
    .option('--parameter <NAME=VALUE>', 'with set-parameter; may be repeated', parameter)
    .option('--wait [SECONDS]', 'wait until it is done, as long as it is valid at most', wholeNumber(1, 86_400))
    .addHelpText(
      'after',
      `
Exit code with --wait: 0 executed, 1 refused, failed, expired or cancelled, 3 not done in the time given.`,
    )
    .action(async (flags: SendFlags) => {
      const { runSend } = await import('./run-send.ts');
      process.exitCode = await runSend(flags);
    });
}

function listCommand(command: Command): void {
  const verb = command.command('list').description('Shows the commands of a vehicle, the latest first.');
  fleetOptions(verb)
    .requiredOption('--vehicle <ID>', 'the vehicle')
    .option('--limit <N>', 'how many', wholeNumber(1, 1000), 20)
    .action(async (flags: ListFlags) => {
      const { runList } = await import('./run-list.ts');
      process.exitCode = await runList(flags);
    });
}

function idCommands(command: Command): void {
  const show = command.command('show').argument('<ID>', 'a command').description('Shows how far a command has come.');
  fleetOptions(show).action(async (id: string, flags: FleetFlags) => {
    const { runShow } = await import('./run-list.ts');
    process.exitCode = await runShow(id, flags);
  });
  const cancel = command
    .command('cancel')
    .argument('<ID>', 'a command')
    .description('Withdraws a command that its vehicle has not taken yet.');
  fleetOptions(cancel).action(async (id: string, flags: FleetFlags) => {
    const { runCancel } = await import('./run-list.ts');
    process.exitCode = await runCancel(id, flags);
  });
}

function answerCommand(command: Command): void {
  command
    .command('answer')
    .description('Plays a vehicle: listens for its commands over MQTT and answers them until Ctrl-C.')
    .requiredOption('--vehicle <ID>', 'the vehicle to play')
    .option('--reject', 'refuse every command')
    .option('--silent', 'only show them')
    .option('--target <URL>', 'mqtt://HOST:PORT of another bus')
    .option('--data-dir <DIR>', 'folder of the bus on this machine, which tells where it is reached', '.event-bus')
    .option('--json', 'JSON for programs instead of text for people')
    .action(async (flags: AnswerFlags) => {
      const { runAnswer } = await import('./run-answer.ts');
      process.exitCode = await runAnswer(flags);
    });
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Give a number.');
}

function parameter(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
