import { actorText } from '../../core/fleet/actor.ts';
import { isOver } from '../../core/fleet/command-lifecycle.ts';
import { actor } from '../dlq/open-desk.ts';
import { exitCodes } from '../exit-codes.ts';
import type { FleetFlags, ListFlags } from './command.ts';
import { commandTable, commandText } from './command-text.ts';
import { withFleet } from './open-fleet.ts';

export function runList(flags: ListFlags): Promise<number> {
  return withFleet(flags, async (desk) => {
    const commands = await desk.commands(flags.vehicle, flags.limit);
    process.stdout.write(flags.json === true ? `${JSON.stringify(commands, null, 2)}\n` : commandTable(commands));
    return exitCodes.ok;
  });
}

export function runShow(commandId: string, flags: FleetFlags): Promise<number> {
  return withFleet(flags, async (desk) => {
    const view = await desk.command(commandId);
    process.stdout.write(flags.json === true ? `${JSON.stringify(view, null, 2)}\n` : commandText(view));
    return exitCodes.ok;
  });
}

export function runCancel(commandId: string, flags: FleetFlags): Promise<number> {
  return withFleet(flags, async (desk) => {
    const before = await desk.cancel(commandId, actorText({ role: 'operator', name: actor() }));
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ commandId, before: before.state })}\n`);
    else if (isOver(before.state)) process.stdout.write(`Nothing to cancel: it is ${before.state}.\n`);
    else process.stdout.write('Asked to cancel; a command that its vehicle has accepted goes on.\n');
    return isOver(before.state) ? exitCodes.finding : exitCodes.ok;
  });
}
