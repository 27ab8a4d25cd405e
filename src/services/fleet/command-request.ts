import type { VehicleCommand, VehicleCommandKind, VehicleCommandPriority } from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { isDeviceId } from '../../core/routing.ts';

/** Kinds of commands as people write them: `unlock`, `go-to`. */
export const commandKinds = [
  'lock',
  'unlock',
  'go-to',
  'return-to-base',
  'stop',
  'resume',
  'set-speed-limit',
  'start-charging',
  'stop-charging',
  'signal',
  'reboot',
  'update-software',
  'set-parameter',
] as const;

export const commandPriorities = ['low', 'normal', 'high', 'safety'] as const;

/** How long a command is valid unless its sender says otherwise. */
export const defaultValiditySeconds = 60;

/** A command as its sender asks for it. */
export interface CommandRequest {
  readonly vehicleId: string;
  readonly kind: string;
  readonly priority?: string | undefined;
  readonly expiresInSeconds?: number | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly speedLimitKmh?: number | undefined;
  readonly softwareVersion?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly tripId?: string | undefined;
  readonly operationId?: string | undefined;
  readonly correlationId?: string | undefined;
}

/**
 * The command that a request asks for, in the step ISSUED. Whether it may be given is not decided here.
 * @throws AppError EVENTBUS_FLEET_COMMAND_INVALID
 */
export function issuedCommand(
  request: CommandRequest,
  issued: { readonly commandId: string; readonly issuedBy: string; readonly nowMs: number },
): VehicleCommand {
  const { vehicleId, expiresInSeconds = defaultValiditySeconds } = request;
  if (!isDeviceId(vehicleId)) throw invalid(`vehicle "${vehicleId.slice(0, 80)}"`, 'letters, digits, ":", "_" and "-"');
  if (!Number.isFinite(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > 86_400) {
    throw invalid(`${expiresInSeconds} seconds until it expires`, '1 to 86,400');
  }
  return {
    commandId: issued.commandId,
    vehicleId,
    command: word(request.kind, commandKinds, 'kind') as VehicleCommandKind,
    state: 'ISSUED',
    priority: word(request.priority ?? 'normal', commandPriorities, 'priority') as VehicleCommandPriority,
    issuedAt: issued.nowMs,
    expiresAt: issued.nowMs + Math.round(expiresInSeconds * 1000),
    issuedBy: issued.issuedBy,
    requiresAck: true,
    stateAt: null,
    resultCode: null,
    resultDetail: null,
    destinationLatitude: request.latitude ?? null,
    destinationLongitude: request.longitude ?? null,
    speedLimitKmh: request.speedLimitKmh ?? null,
    softwareVersion: request.softwareVersion ?? null,
    parameters: request.parameters ?? {},
    tripId: request.tripId ?? null,
    operationId: request.operationId ?? null,
    correlationId: request.correlationId ?? null,
  };
}

/** The enum symbol of a word that people write. */
function word(given: string, allowed: readonly string[], what: string): string {
  const name = given.toLowerCase().replaceAll('_', '-');
  if (!allowed.includes(name)) throw invalid(`${what} "${given.slice(0, 40)}"`, allowed.join(', '));
  return name.toUpperCase().replaceAll('-', '_');
}

function invalid(what: string, allowed: string): AppError {
  return new AppError('EVENTBUS_FLEET_COMMAND_INVALID', `${what}; allowed are ${allowed}`);
}
