import type { VehicleCommandState } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import type { Effects } from '../effects/effects.ts';
import type { Cause, ToldStep } from './command-events.ts';

/** The house rules that steps of commands are checked against; docs/fleet.md has them in full. */
const regulation = 'event-bus fleet safety rules 1';
const requirements = {
  stopped: 'FS-1: a vehicle in an emergency takes the stop command before it expires',
  obeyed: 'FS-2: a vehicle does not act on a command that has ended',
} as const;

/** What stands in `correlationId` of the stop command of an emergency. */
export const emergencyCorrelation = 'emergency:';

/** Checks FS-1 when the stop command of an emergency has found its answer. */
export function checkStopped(effects: Effects, { command, state, atMs }: ToldStep, cause: Cause): void {
  if (command.command !== 'STOP' || command.correlationId?.startsWith(emergencyCorrelation) !== true) return;
  const passed = verdicts[state];
  if (passed === undefined) return;
  check(effects, cause, {
    vehicleId: command.vehicleId,
    requirement: requirements.stopped,
    passed,
    atMs,
    finding: `The stop command ${command.commandId} of ${command.correlationId} is ${state}.`,
    correctiveAction: 'Stop the vehicle by other means and have its command link inspected.',
  });
}

const verdicts: Readonly<Partial<Record<VehicleCommandState, boolean>>> = {
  ACCEPTED: true,
  REJECTED: false,
  EXPIRED: false,
  FAILED: false,
};

/** Writes a breach of FS-2. */
export function checkObeyed(effects: Effects, { command, state, atMs }: ToldStep, cause: Cause): void {
  check(effects, cause, {
    vehicleId: command.vehicleId,
    requirement: requirements.obeyed,
    passed: false,
    atMs,
    finding: `The vehicle acted on the command ${command.commandId} although it was ${state}.`,
    correctiveAction: 'Have the clock and the command handling of the vehicle inspected.',
  });
}

interface Check {
  readonly vehicleId: string;
  readonly requirement: string;
  readonly passed: boolean;
  readonly atMs: number;
  readonly finding: string;
  readonly correctiveAction: string;
}

function check(effects: Effects, cause: Cause, found: Check): void {
  effects.compliance({
    checkId: derivedId(cause.id, cause.consumer, 3),
    entityId: found.vehicleId,
    entityKind: 'VEHICLE',
    regulation,
    requirement: found.requirement,
    jurisdiction: 'EU',
    status: found.passed ? 'PASSED' : 'FAILED',
    checkedAt: found.atMs,
    validUntil: null,
    assessor: cause.consumer,
    finding: found.finding,
    correctiveAction: found.passed ? null : found.correctiveAction,
    correctBy: null,
    evidenceUri: null,
    evidenceSha256: null,
  });
}
