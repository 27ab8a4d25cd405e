import type {
  AuditActorKind,
  AuditOutcome,
  VehicleCommand,
  VehicleCommandState,
} from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { actorOf } from '../../core/fleet/actor.ts';
import { operationKindOf, operationStatusOf } from '../../core/fleet/command-operation.ts';
import { policyVersion } from '../../core/fleet/command-policy.ts';
import type { Effects } from '../effects/effects.ts';

/** A step of a command, to be told. */
export interface ToldStep {
  readonly command: VehicleCommand;
  readonly state: VehicleCommandState;
  readonly atMs: number;
  readonly resultCode: string | null;
  readonly resultDetail: string | null;
}

/** Who made it happen, and what the ids of everything told are computed from. */
export interface Cause {
  /** Id of the record, or of the thing and its step where no record is the cause. */
  readonly id: string;
  /** Consumer that tells. */
  readonly consumer: string;
  readonly actorId: string;
  readonly actorKind: AuditActorKind;
  readonly traceparent?: string | undefined;
}

const eventTypes: Readonly<Partial<Record<VehicleCommandState, string>>> = {
  DELIVERED: 'vehicle.command.acknowledged',
  ACCEPTED: 'vehicle.command.acknowledged',
  EXPIRED: 'vehicle.command.expired',
};

/** Tells of a step in `vehicle.commands.v1`. */
export function tellStep(
  effects: Effects,
  { command, state, atMs, resultCode, resultDetail }: ToldStep,
  cause: Cause,
): void {
  effects.event({
    topic: 'vehicle.commands.v1',
    key: command.vehicleId,
    subject: 'VehicleCommand',
    value: { ...command, state, stateAt: atMs, resultCode, resultDetail },
    event: {
      id: derivedId(cause.id, cause.consumer, 0),
      type: eventTypes[state] ?? 'vehicle.command.completed',
      time: new Date(atMs).toISOString(),
      traceparent: cause.traceparent,
    },
  });
}

const operationTypes = {
  PLANNED: 'fleet.operation.planned',
  STARTED: 'fleet.operation.started',
  COMPLETED: 'fleet.operation.completed',
  CANCELLED: 'fleet.operation.cancelled',
  FAILED: 'fleet.operation.failed',
} as const;

/** Tells of the operation that the command carries out, when it is one and has come further. */
export function tellOperation(effects: Effects, { command, state, atMs, resultDetail }: ToldStep, cause: Cause): void {
  const kind = operationKindOf(command.command);
  const status = operationStatusOf(state);
  if (kind === null || status === null || !(status in operationTypes)) return;
  effects.event({
    topic: 'fleet.operations.v1',
    key: command.operationId ?? command.commandId,
    subject: 'FleetOperation',
    value: {
      operationId: command.operationId ?? command.commandId,
      kind,
      status,
      occurredAt: atMs,
      fleetId: null,
      city: null,
      zoneId: null,
      vehicleIds: [command.vehicleId],
      plannedStartAt: command.issuedAt,
      plannedEndAt: command.expiresAt,
      assigneeId: null,
      requestedBy: command.issuedBy,
      causeAlertId: null,
      reason: resultDetail,
      costMinor: null,
      currency: null,
    },
    event: {
      id: derivedId(cause.id, cause.consumer, 1),
      type: operationTypes[status as keyof typeof operationTypes],
      time: new Date(atMs).toISOString(),
      traceparent: cause.traceparent,
    },
  });
}

/** Writes down who did what to the vehicle, or was kept from it. */
export function writeDown(
  effects: Effects,
  step: ToldStep & { readonly outcome: AuditOutcome; readonly rule?: string },
  cause: Cause,
): void {
  const { command, state, atMs, outcome, rule } = step;
  effects.audit({
    auditId: derivedId(cause.id, cause.consumer, 2),
    chainId: cause.consumer,
    occurredAt: atMs * 1000,
    actorId: cause.actorId,
    actorKind: cause.actorKind,
    action: `vehicle.${command.command.toLowerCase()}`,
    resourceKind: 'vehicle',
    resourceId: command.vehicleId,
    outcome,
    reason: step.resultDetail,
    sourceAddress: null,
    requestId: command.correlationId,
    traceparent: cause.traceparent ?? null,
    beforeSha256: null,
    afterSha256: null,
    details: {
      commandId: command.commandId,
      state,
      priority: command.priority,
      ...(rule === undefined ? {} : { rule, policy: policyVersion }),
      ...(step.resultCode === null ? {} : { resultCode: step.resultCode }),
    },
  });
}

/** The kind of actor that `issuedBy` names. */
export function issuerKind(issuedBy: string): AuditActorKind {
  const role = actorOf(issuedBy)?.role;
  if (role === undefined) return 'UNKNOWN';
  if (role === 'service') return 'SERVICE';
  return role === 'policy' ? 'POLICY' : 'PERSON';
}
