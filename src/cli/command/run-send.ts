import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors/app-error.ts';
import { type ActorRole, actorText } from '../../core/fleet/actor.ts';
import { isOver } from '../../core/fleet/command-lifecycle.ts';
import type { FleetDesk } from '../../services/fleet/fleet-desk.ts';
import type { CommandView } from '../../services/fleet/fleet-views.ts';
import { actor } from '../dlq/open-desk.ts';
import { exitCodes } from '../exit-codes.ts';
import type { SendFlags } from './command.ts';
import { commandText } from './command-text.ts';
import { withFleet } from './open-fleet.ts';

const pollMs = 200;
/** A command that is judged late, or ends by its expiry, is told a little later. */
const graceMs = 10_000;

/** Gives the command; with `--wait` follows it to its end. */
export function runSend(flags: SendFlags): Promise<number> {
  return withFleet(flags, async (desk) => {
    const request = {
      vehicleId: flags.vehicle,
      kind: flags.kind,
      priority: flags.priority,
      expiresInSeconds: flags.expires,
      latitude: flags.latitude,
      longitude: flags.longitude,
      speedLimitKmh: flags.speedLimit,
      softwareVersion: flags.softwareVersion,
      parameters: flags.parameter,
    };
    const { commandId } = await desk.send(request, actorText({ role: flags.as as ActorRole, name: actor() }));
    if (flags.wait === undefined) {
      process.stdout.write(flags.json === true ? `${JSON.stringify({ commandId })}\n` : `${commandId}\n`);
      return exitCodes.ok;
    }
    const seconds = flags.wait === true ? flags.expires : flags.wait;
    const end = await followed(desk, commandId, Date.now() + seconds * 1000 + graceMs);
    process.stdout.write(flags.json === true ? `${JSON.stringify(end)}\n` : commandText(end));
    if (!isOver(end.state)) return exitCodes.unavailable;
    return end.state === 'EXECUTED' ? exitCodes.ok : exitCodes.finding;
  });
}

async function followed(desk: FleetDesk, commandId: string, untilMs: number): Promise<CommandView> {
  for (;;) {
    const view = await desk.command(commandId).catch((error: unknown) => {
      // The dispatcher has not seen it yet.
      if (error instanceof AppError && error.code === 'EVENTBUS_FLEET_COMMAND_UNKNOWN' && Date.now() < untilMs)
        return null;
      throw error;
    });
    if (view !== null && (isOver(view.state) || Date.now() >= untilMs)) return view;
    await sleep(pollMs);
  }
}
