import type {
  FleetOperationKind,
  FleetOperationStatus,
  VehicleCommandKind,
  VehicleCommandState,
} from '../../catalogue/events.generated.ts';

const kinds: Readonly<Partial<Record<VehicleCommandKind, FleetOperationKind>>> = {
  START_CHARGING: 'RECHARGE',
  STOP_CHARGING: 'RECHARGE',
  GO_TO: 'REBALANCE',
  RETURN_TO_BASE: 'REBALANCE',
  UPDATE_SOFTWARE: 'SOFTWARE_UPDATE',
  REBOOT: 'MAINTENANCE',
  SET_PARAMETER: 'MAINTENANCE',
};

const statuses: Readonly<Partial<Record<VehicleCommandState, FleetOperationStatus>>> = {
  ISSUED: 'PLANNED',
  ACCEPTED: 'STARTED',
  EXECUTED: 'COMPLETED',
  FAILED: 'FAILED',
  REJECTED: 'CANCELLED',
  EXPIRED: 'CANCELLED',
  CANCELLED: 'CANCELLED',
};

/** The operation on the fleet that a command carries out; null for those that only steer a vehicle. */
export function operationKindOf(command: VehicleCommandKind): FleetOperationKind | null {
  return kinds[command] ?? null;
}

/** What a step of the command means for its operation; null: nothing new. */
export function operationStatusOf(state: VehicleCommandState): FleetOperationStatus | null {
  return statuses[state] ?? null;
}
