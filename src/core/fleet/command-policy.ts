import type { VehicleCommand, VehicleCommandKind, VehicleStatus } from '../../catalogue/events.generated.ts';
import { type Actor, type ActorRole, actorOf } from './actor.ts';

/** What is known of the vehicle when a command is judged. */
export interface KnownVehicle {
  readonly status: VehicleStatus;
  readonly batteryPercent: number | null;
  /** When the bus last heard of it, ms since 1970-01-01 UTC. */
  readonly heardAtMs: number;
  /** Whether an emergency of it is open. */
  readonly emergencyOpen: boolean;
}

/** What a command is judged by. */
export interface PolicyCase {
  readonly command: VehicleCommand;
  /** Null for a vehicle that was never heard of. */
  readonly vehicle: KnownVehicle | null;
  /** ms since 1970-01-01 UTC. */
  readonly nowMs: number;
}

/** The decision, and the rule that made it; `expired`: too late, whatever the rules would have said. */
export type PolicyDecision =
  | { readonly verdict: 'allowed'; readonly rule: 'allowed' }
  | { readonly verdict: 'denied'; readonly rule: string; readonly reason: string }
  | { readonly verdict: 'expired'; readonly rule: 'expired'; readonly reason: string };

/** Version of these rules; it stands beside every decision. */
export const policyVersion = 'command-policy/1';

/** A state older than this says nothing about now. */
export const stateFreshMs = 5 * 60_000;
/** Commands that wait longer for their vehicle would surprise whoever is in it. */
export const longestValidityMs = 24 * 3_600_000;
/** Below it a vehicle is not sent anywhere, percent. */
const travelBatteryPercent = 15;
const highestSpeedLimitKmh = 130;

const everyone: readonly ActorRole[] = ['operator', 'technician', 'rider', 'service', 'policy'];
const staff: readonly ActorRole[] = ['operator', 'technician'];

interface KindRule {
  readonly roles: readonly ActorRole[];
  /** True for what must not happen to a vehicle on the move: the wheels would be held, or nobody would drive. */
  readonly standing?: true;
}

/** Who may give which command, and which ones need a vehicle that stands. */
const kinds: Readonly<Record<VehicleCommandKind, KindRule>> = {
  UNKNOWN: { roles: [] },
  LOCK: { roles: everyone, standing: true },
  UNLOCK: { roles: everyone },
  GO_TO: { roles: ['operator', 'service'] },
  RETURN_TO_BASE: { roles: ['operator', 'service'] },
  STOP: { roles: ['operator', 'policy'] },
  RESUME: { roles: ['operator'] },
  SET_SPEED_LIMIT: { roles: ['operator', 'service', 'policy'] },
  START_CHARGING: { roles: ['operator', 'technician', 'service'], standing: true },
  STOP_CHARGING: { roles: ['operator', 'technician', 'service'] },
  SIGNAL: { roles: everyone },
  REBOOT: { roles: staff, standing: true },
  UPDATE_SOFTWARE: { roles: staff, standing: true },
  SET_PARAMETER: { roles: staff, standing: true },
};

type Rule = (about: PolicyCase, actor: Actor) => { readonly rule: string; readonly reason: string } | null;

/** The rules in the order asked; the first that objects decides. */
const rules: readonly Rule[] = [
  roleRule,
  safetyRule,
  contentRule,
  validityRule,
  emergencyRule,
  standingRule,
  batteryRule,
];

/** Decides whether a command may go to its vehicle. */
export function decideCommand(about: PolicyCase): PolicyDecision {
  const { command, nowMs } = about;
  if (command.expiresAt !== null && command.expiresAt <= nowMs) {
    const lateMs = nowMs - command.expiresAt;
    return { verdict: 'expired', rule: 'expired', reason: `it expired ${lateMs} ms before it was judged` };
  }
  const actor = actorOf(command.issuedBy);
  if (actor === null) {
    const reason = `"${command.issuedBy.slice(0, 60)}" names nobody; issuedBy is a role and a name, such as operator:anna`;
    return { verdict: 'denied', rule: 'issuer-unknown', reason };
  }
  for (const rule of rules) {
    const objection = rule(about, actor);
    if (objection !== null) return { verdict: 'denied', ...objection };
  }
  return { verdict: 'allowed', rule: 'allowed' };
}

function roleRule({ command }: PolicyCase, { role }: Actor): ReturnType<Rule> {
  const { roles } = kinds[command.command];
  if (roles.includes(role)) return null;
  const may = roles.length === 0 ? 'nobody' : roles.join(', ');
  return { rule: 'role', reason: `a ${role} may not give ${command.command}; ${may} may` };
}

function safetyRule({ command }: PolicyCase, { role }: Actor): ReturnType<Rule> {
  if (command.priority !== 'SAFETY' || role === 'operator' || role === 'policy') return null;
  return { rule: 'safety-priority', reason: `a ${role} may not overtake other commands; operators and policies may` };
}

/** What a command must bring along; the text says what is missing. */
const contents: Readonly<Partial<Record<VehicleCommandKind, (command: VehicleCommand) => string | null>>> = {
  GO_TO: ({ destinationLatitude: latitude, destinationLongitude: longitude }) => {
    if (latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return null;
    return 'GO_TO needs a destination, latitude and longitude in degrees';
  },
  SET_SPEED_LIMIT: ({ speedLimitKmh: limit }) =>
    limit !== null && limit > 0 && limit <= highestSpeedLimitKmh
      ? null
      : `SET_SPEED_LIMIT needs a limit above 0 and up to ${highestSpeedLimitKmh} km/h`,
  UPDATE_SOFTWARE: ({ softwareVersion }) =>
    softwareVersion === null ? 'UPDATE_SOFTWARE needs the version to install' : null,
  SET_PARAMETER: ({ parameters }) =>
    Object.keys(parameters).length === 0 ? 'SET_PARAMETER needs at least one parameter' : null,
};

function contentRule({ command }: PolicyCase): ReturnType<Rule> {
  const reason = contents[command.command]?.(command) ?? null;
  return reason === null ? null : { rule: 'content', reason };
}

function validityRule({ command, nowMs }: PolicyCase): ReturnType<Rule> {
  if (command.expiresAt === null) {
    return { rule: 'validity', reason: 'the command never expires; a vehicle may hear it days later' };
  }
  if (command.expiresAt - nowMs <= longestValidityMs) return null;
  return { rule: 'validity', reason: `it would be valid for more than ${longestValidityMs / 3_600_000} hours` };
}

function emergencyRule({ command, vehicle }: PolicyCase, { role }: Actor): ReturnType<Rule> {
  if (vehicle?.emergencyOpen !== true || role === 'operator' || role === 'policy') return null;
  if (command.command === 'SIGNAL') return null;
  return {
    rule: 'emergency',
    reason: 'an emergency of the vehicle is open; only operators command it until it is resolved',
  };
}

function standingRule({ command, vehicle, nowMs }: PolicyCase): ReturnType<Rule> {
  if (kinds[command.command].standing !== true) return null;
  if (vehicle === null || vehicle.status === 'UNKNOWN' || nowMs - vehicle.heardAtMs > stateFreshMs) {
    const reason = `${command.command} needs a vehicle that stands, and nobody knows what this one is doing now`;
    return { rule: 'state-unknown', reason };
  }
  if (vehicle.status !== 'MOVING') return null;
  return { rule: 'moving', reason: `${command.command} needs a vehicle that stands, and this one is moving` };
}

function batteryRule({ command, vehicle }: PolicyCase): ReturnType<Rule> {
  if (command.command !== 'GO_TO') return null;
  const percent = vehicle?.batteryPercent ?? null;
  if (percent === null || percent >= travelBatteryPercent) return null;
  return {
    rule: 'battery',
    reason: `the battery is at ${percent} %, ${travelBatteryPercent} % are needed to be sent anywhere`,
  };
}
