import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { AppError } from '../core/errors/app-error.ts';
import { auditCommand } from './audit/command.ts';
import { availabilityCommand } from './availability/command.ts';
import { bookingsCommand } from './bookings/command.ts';
import { certificateCommand } from './certificate/command.ts';
import { commandCommand } from './command/command.ts';
import { consumeCommand } from './consume/command.ts';
import { dlqCommand } from './dlq/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { outboxCommand } from './outbox/command.ts';
import { produceCommand } from './produce/command.ts';
import { replayCommand } from './replay/command.ts';
import { replayFileCommand } from './replay-file/command.ts';
import { sagasCommand } from './sagas/command.ts';
import { schemasCommand } from './schemas/command.ts';
import { simulateCommand } from './simulate/command.ts';
import { startCommand } from './start/command.ts';
import { tokenCommand } from './token/command.ts';
import { topicsCommand } from './topics/command.ts';

const epilogue = `
Exit codes: ${exitCodes.ok} done · ${exitCodes.finding} done, and something is wrong with the data · ${exitCodes.usage} bad flags or input ·
${exitCodes.unavailable} a part cannot be started or reached · ${exitCodes.interrupted} interrupted · ${exitCodes.internal} a defect of the program

From a clone: npm run -s event-bus -- VERB …`;

/** The command line with all verbs; parsing throws instead of ending the process. */
export function makeProgram(): Command {
  const program = new Command('event-bus')
    .description('The event bus on one machine, and tools for any environment of it.')
    .version(packageJson.version)
    .addHelpText('after', epilogue)
    .showHelpAfterError('(add --help for the flags of a verb)')
    .exitOverride();
  for (const register of [
    startCommand,
    simulateCommand,
    replayFileCommand,
    topicsCommand,
    produceCommand,
    consumeCommand,
    replayCommand,
    dlqCommand,
    sagasCommand,
    outboxCommand,
    auditCommand,
    commandCommand,
    schemasCommand,
    availabilityCommand,
    bookingsCommand,
    certificateCommand,
    tokenCommand,
    doctorCommand,
  ]) {
    register(program);
  }
  for (const verb of program.commands) verb.exitOverride();
  return program;
}

/** Runs the command line and returns the exit code; errors are printed for people, or as JSON with `--json`. */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    report(error, args.includes('--json'));
    return exitCodeOf(error);
  }
}

function report(error: unknown, json: boolean) {
  // Commander has printed its own message already.
  if (error instanceof CommanderError) return;
  if (error instanceof AppError) {
    const { code, message, details } = error;
    process.stderr.write(json ? `${JSON.stringify({ error: { code, message, details } })}\n` : `${code}: ${message}\n`);
    return;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
