import type {
  DispatchEvent,
  EmergencyEvent,
  EmergencyState,
  VehicleCommand,
} from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { isOver } from '../../core/fleet/command-lifecycle.ts';
import { noDispatchFacts } from '../../core/fleet/dispatch.ts';
import { type EmergencyAction, emergencyStep } from '../../core/fleet/emergency.ts';
import type { EventPublisher, OutgoingEvent } from '../../kafka/publisher.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { type CommandRequest, issuedCommand } from './command-request.ts';
import {
  type CommandView,
  commandSelect,
  commandView,
  type DispatchView,
  dispatchSelect,
  dispatchView,
  type EmergencyView,
  emergencySelect,
  emergencyView,
} from './fleet-views.ts';

export interface FleetDeskOptions {
  readonly pool: Pool;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly newUuid: () => string;
  /** ms since 1970-01-01 UTC. */
  readonly now: () => number;
}

/** Where a vehicle is wanted. */
export interface DispatchRequest {
  readonly latitude: number;
  readonly longitude: number;
  readonly city?: string | undefined;
  readonly tripId?: string | undefined;
  readonly operationId?: string | undefined;
}

/**
 * What people and services ask of the fleet. Whatever changes something becomes an event and is decided by the
 * consumers; answers tell what the tables say by now.
 */
export interface FleetDesk {
  /** Publishes a command; its promise resolves when the log has it, before anything is decided. */
  send(request: CommandRequest, issuedBy: string): Promise<VehicleCommand>;
  /** @throws AppError EVENTBUS_FLEET_COMMAND_UNKNOWN */
  command(commandId: string): Promise<CommandView>;
  /** Latest first. */
  commands(vehicleId: string, limit: number): Promise<readonly CommandView[]>;
  /** @throws AppError EVENTBUS_FLEET_COMMAND_UNKNOWN */
  cancel(commandId: string, by: string): Promise<CommandView>;
  requestDispatch(request: DispatchRequest): Promise<string>;
  /** @throws AppError EVENTBUS_FLEET_DISPATCH_UNKNOWN */
  dispatch(dispatchId: string): Promise<DispatchView>;
  cancelDispatch(dispatchId: string, reason: string): Promise<void>;
  /** Open ones, the latest first. */
  emergencies(): Promise<readonly EmergencyView[]>;
  /** @throws AppError EVENTBUS_FLEET_EMERGENCY_UNKNOWN, EVENTBUS_FLEET_EMERGENCY_STEP */
  handleEmergency(emergencyId: string, action: EmergencyAction, by: string): Promise<EmergencyState>;
}

export function makeFleetDesk(options: FleetDeskOptions): FleetDesk {
  return { ...commandDesk(options), ...dispatchDesk(options), ...emergencyDesk(options) };
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function commandDesk({ pool, publisher, newUuid, now }: FleetDeskOptions) {
  const found = async (commandId: string) => {
    const rows = uuid.test(commandId)
      ? await onConnection(pool, (client) => client.query(`${commandSelect} where command_id = $1`, [commandId]))
      : { rows: [] };
    const [row] = rows.rows;
    if (row === undefined) throw new AppError('EVENTBUS_FLEET_COMMAND_UNKNOWN', `got "${commandId.slice(0, 80)}"`);
    return row;
  };
  const publish = (type: string, value: VehicleCommand) =>
    publisher.publish([
      event(
        { topic: 'vehicle.commands.v1', key: value.vehicleId, subject: 'VehicleCommand', value },
        { type, id: newUuid(), nowMs: now() },
      ),
    ]);
  return {
    async send(request: CommandRequest, issuedBy: string) {
      const command = issuedCommand(request, { commandId: newUuid(), issuedBy, nowMs: now() });
      await publish('vehicle.command.issued', command);
      return command;
    },
    command: async (commandId: string) => commandView(await found(commandId)),
    async commands(vehicleId: string, limit: number) {
      const { rows } = await onConnection(pool, (client) =>
        client.query(`${commandSelect} where vehicle_id = $1 order by number desc limit $2`, [vehicleId, limit]),
      );
      return rows.map(commandView);
    },
    async cancel(commandId: string, by: string) {
      const row = await found(commandId);
      const view = commandView(row);
      if (isOver(view.state)) return view;
      const content = row.content as VehicleCommand;
      const resultDetail = `Cancelled by ${by}.`;
      await publish('vehicle.command.cancelled', {
        ...content,
        state: 'CANCELLED',
        stateAt: now(),
        issuedBy: by,
        resultCode: 'withdrawn',
        resultDetail,
      });
      return view;
    },
  };
}

function dispatchDesk({ pool, publisher, newUuid, now }: FleetDeskOptions) {
  const publish = (type: string, value: DispatchEvent) =>
    publisher.publish([
      event(
        { topic: 'fleet.dispatch.v1', key: value.dispatchId, subject: 'DispatchEvent', value },
        { type, id: newUuid(), nowMs: now() },
      ),
    ]);
  return {
    async requestDispatch({ latitude, longitude, city, tripId, operationId }: DispatchRequest) {
      const dispatchId = newUuid();
      await publish('dispatch.requested', {
        ...noDispatchFacts,
        dispatchId,
        status: 'REQUESTED',
        occurredAt: now(),
        pickupLatitude: latitude,
        pickupLongitude: longitude,
        city: city ?? null,
        tripId: tripId ?? null,
        operationId: operationId ?? null,
      });
      return dispatchId;
    },
    async dispatch(dispatchId: string) {
      const { rows } = await onConnection(pool, (client) =>
        client.query(`${dispatchSelect} where dispatch_id = $1`, [dispatchId]),
      );
      const [row] = rows;
      if (row === undefined) throw new AppError('EVENTBUS_FLEET_DISPATCH_UNKNOWN', `got "${dispatchId.slice(0, 80)}"`);
      return dispatchView(row);
    },
    async cancelDispatch(dispatchId: string, reason: string) {
      await publish('dispatch.cancelled', {
        ...noDispatchFacts,
        dispatchId,
        status: 'CANCELLED',
        occurredAt: now(),
        reason,
      });
    },
  };
}

const emergencyTypes: Readonly<Partial<Record<EmergencyState, string>>> = {
  ACKNOWLEDGED: 'emergency.acknowledged',
  RESPONDING: 'emergency.responding',
};

function emergencyDesk({ pool, publisher, newUuid, now }: FleetDeskOptions) {
  return {
    async emergencies() {
      const { rows } = await onConnection(pool, (client) =>
        client.query(
          `${emergencySelect} where state not in ('RESOLVED', 'FALSE_ALARM') order by occurred_at desc limit 200`,
        ),
      );
      return rows.map(emergencyView);
    },
    async handleEmergency(emergencyId: string, action: EmergencyAction, by: string) {
      const { rows } = uuid.test(emergencyId)
        ? await onConnection(pool, (client) =>
            client.query(`${emergencySelect} where emergency_id = $1`, [emergencyId]),
          )
        : { rows: [] };
      const [row] = rows;
      if (row === undefined)
        throw new AppError('EVENTBUS_FLEET_EMERGENCY_UNKNOWN', `got "${emergencyId.slice(0, 80)}"`);
      const before = row.state as EmergencyState;
      const state = emergencyStep(before, action);
      if (state === null)
        throw new AppError('EVENTBUS_FLEET_EMERGENCY_STEP', `"${action}" of an emergency that is ${before}`);
      const value: EmergencyEvent = { ...(row.content as EmergencyEvent), state, stateAt: now(), responderId: by };
      const type = emergencyTypes[state] ?? 'emergency.resolved';
      await publisher.publish([
        event(
          { topic: 'safety.emergency.v1', key: value.vehicleId, subject: 'EmergencyEvent', value },
          { type, id: newUuid(), nowMs: now() },
        ),
      ]);
      return state;
    },
  };
}

function event(
  outgoing: Omit<OutgoingEvent, 'event'>,
  { type, id, nowMs }: { readonly type: string; readonly id: string; readonly nowMs: number },
): OutgoingEvent {
  const { key } = outgoing;
  return { ...outgoing, event: { id, source: '/fleet-desk', type, time: new Date(nowMs).toISOString(), subject: key } };
}
