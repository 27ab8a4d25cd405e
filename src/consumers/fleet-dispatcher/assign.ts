import type { DispatchEvent, DispatchStatus, VehicleCommand } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { actorText } from '../../core/fleet/actor.ts';
import {
  type Assignment,
  chooseVehicle,
  dispatchPolicyVersion,
  driveValidityMs,
  expectedArrivalMs,
  mostVehiclesTried,
  noDispatchFacts,
} from '../../core/fleet/dispatch.ts';
import type { EffectContext } from '../effects/effect-processor.ts';
import { candidatesNear, type DispatchRow, updateDispatch } from './dispatch-table.ts';

export const dispatchCorrelation = 'dispatch:';

/** What a step of a dispatch tells beyond the dispatch itself. */
export type DispatchFacts = Partial<
  Pick<
    DispatchEvent,
    'previousVehicleId' | 'expectedArrivalAt' | 'distanceKm' | 'candidates' | 'score' | 'policyVersion' | 'reason'
  >
>;

const types: Readonly<Partial<Record<DispatchStatus, string>>> = {
  ASSIGNED: 'dispatch.assigned',
  REASSIGNED: 'dispatch.reassigned',
  ACCEPTED: 'dispatch.accepted',
  ARRIVED: 'dispatch.arrived',
  CANCELLED: 'dispatch.cancelled',
  FAILED: 'dispatch.failed',
};

/** Tells of a step in `fleet.dispatch.v1`; `step` tells the steps of one dispatch apart. */
export function tellDispatch(
  { effects, nowMs }: Pick<EffectContext, 'effects' | 'nowMs'>,
  row: DispatchRow,
  {
    status,
    step,
    facts = {},
  }: { readonly status: DispatchStatus; readonly step: string; readonly facts?: DispatchFacts },
): void {
  effects.event({
    topic: 'fleet.dispatch.v1',
    key: row.dispatchId,
    subject: 'DispatchEvent',
    value: {
      ...noDispatchFacts,
      dispatchId: row.dispatchId,
      status,
      occurredAt: nowMs,
      vehicleId: row.vehicleId,
      tripId: row.tripId,
      operationId: row.operationId,
      city: row.city,
      pickupLatitude: row.pickup.latitude,
      pickupLongitude: row.pickup.longitude,
      ...facts,
    },
    event: {
      id: derivedId(row.dispatchId, `fleet-dispatcher/${step}`, 0),
      type: types[status] ?? 'dispatch.failed',
      time: new Date(nowMs).toISOString(),
    },
  });
}

/**
 * Sends the nearest free vehicle, or lets the request wait for one until its patience is over. Needs the turn.
 * @returns whether a vehicle was found
 */
export async function assign(context: EffectContext, row: DispatchRow): Promise<boolean> {
  const { client, nowMs } = context;
  if (nowMs >= row.giveUpAtMs || row.tried.length >= mostVehiclesTried) {
    await fail(context, row, row.tried.length === 0 ? 'no-vehicle' : 'no-vehicle-took-it');
    return false;
  }
  const chosen = chooseVehicle(row.pickup, await candidatesNear(client, row.pickup, row.tried), nowMs);
  if (chosen === null) {
    const waiting = { status: 'REQUESTED', atMs: nowMs, vehicleId: null, commandId: null, tried: row.tried } as const;
    if (row.status !== 'REQUESTED') await updateDispatch(client, row.dispatchId, waiting);
    return false;
  }
  await send(context, row, chosen);
  return true;
}

async function send(context: EffectContext, row: DispatchRow, chosen: Assignment): Promise<void> {
  const { client, effects, nowMs } = context;
  const place = row.tried.length;
  const commandId = derivedId(row.dispatchId, 'fleet-dispatcher/command', place);
  const status = place === 0 ? 'ASSIGNED' : 'REASSIGNED';
  const { vehicleId, distanceKm, candidates, score } = chosen;
  await updateDispatch(client, row.dispatchId, {
    status,
    atMs: nowMs,
    vehicleId,
    commandId,
    tried: row.tried,
    distanceKm,
    candidates,
  });
  const facts = {
    previousVehicleId: row.tried.at(-1) ?? null,
    expectedArrivalAt: expectedArrivalMs(distanceKm, nowMs),
    distanceKm,
    candidates,
    score,
    policyVersion: dispatchPolicyVersion,
    reason: place === 0 ? null : 'vehicle-did-not-take-it',
  };
  tellDispatch(context, { ...row, vehicleId }, { status, step: `assigned/${place}`, facts });
  effects.event({
    topic: 'vehicle.commands.v1',
    key: vehicleId,
    subject: 'VehicleCommand',
    value: driveTo(row, { vehicleId, commandId, nowMs }),
    event: {
      id: derivedId(commandId, 'fleet-dispatcher/issued', 0),
      type: 'vehicle.command.issued',
      time: new Date(nowMs).toISOString(),
    },
  });
}

interface Drive {
  readonly vehicleId: string;
  readonly commandId: string;
  readonly nowMs: number;
}

function driveTo(row: DispatchRow, { vehicleId, commandId, nowMs }: Drive): VehicleCommand {
  return {
    commandId,
    vehicleId,
    command: 'GO_TO',
    state: 'ISSUED',
    priority: 'NORMAL',
    issuedAt: nowMs,
    expiresAt: nowMs + driveValidityMs,
    issuedBy: actorText({ role: 'service', name: 'fleet-dispatcher' }),
    requiresAck: true,
    stateAt: null,
    resultCode: null,
    resultDetail: null,
    destinationLatitude: row.pickup.latitude,
    destinationLongitude: row.pickup.longitude,
    speedLimitKmh: null,
    softwareVersion: null,
    parameters: {},
    tripId: row.tripId,
    operationId: row.operationId,
    correlationId: `${dispatchCorrelation}${row.dispatchId}`,
  };
}

/** Ends a dispatch without a vehicle. */
export async function fail(context: EffectContext, row: DispatchRow, reason: string): Promise<void> {
  const { client, nowMs } = context;
  const { tried } = row;
  await updateDispatch(client, row.dispatchId, {
    status: 'FAILED',
    atMs: nowMs,
    vehicleId: null,
    commandId: null,
    tried,
    reason,
  });
  tellDispatch(context, { ...row, vehicleId: null }, { status: 'FAILED', step: 'failed', facts: { reason } });
}
