import type { DispatchStatus, EmergencyState, VehicleCommandState } from '../../catalogue/events.generated.ts';

/** A row as the driver gives it. */
type Row = Readonly<Record<string, unknown>>;

/** A command for people. */
export interface CommandView {
  readonly commandId: string;
  readonly vehicleId: string;
  readonly command: string;
  readonly state: VehicleCommandState;
  readonly priority: string;
  readonly issuedBy: string;
  /** ISO 8601, as all times here. */
  readonly issuedAt: string;
  readonly expiresAt: string | null;
  readonly stateAt: string;
  /** Rule of the policy that decided. */
  readonly rule: string;
  readonly resultCode: string | null;
  readonly resultDetail: string | null;
  /** How often it was sent to the vehicle. */
  readonly attempts: number;
}

export const commandSelect = `
  select command_id, vehicle_id, command, state, priority, issued_by, issued_at, expires_at, state_at, rule, result_code,
    result_detail, attempts, content from vehicle_command`;

export function commandView(row: Row): CommandView {
  return {
    commandId: String(row['command_id']),
    vehicleId: String(row['vehicle_id']),
    command: String(row['command']),
    state: row['state'] as VehicleCommandState,
    priority: String(row['priority']),
    issuedBy: String(row['issued_by']),
    issuedAt: time(row['issued_at']) ?? '',
    expiresAt: time(row['expires_at']),
    stateAt: time(row['state_at']) ?? '',
    rule: String(row['rule']),
    resultCode: text(row['result_code']),
    resultDetail: text(row['result_detail']),
    attempts: Number(row['attempts']),
  };
}

/** A request for a vehicle, for people. */
export interface DispatchView {
  readonly dispatchId: string;
  readonly status: DispatchStatus;
  readonly requestedAt: string;
  readonly statusAt: string;
  readonly vehicleId: string | null;
  readonly commandId: string | null;
  readonly distanceKm: number | null;
  readonly candidates: number | null;
  /** Vehicles that did not take it. */
  readonly tried: readonly string[];
  readonly reason: string | null;
}

export const dispatchSelect = `
  select dispatch_id, status, requested_at, status_at, vehicle_id, command_id, distance_km, candidates, tried, reason
  from fleet_dispatch`;

export function dispatchView(row: Row): DispatchView {
  return {
    dispatchId: String(row['dispatch_id']),
    status: row['status'] as DispatchStatus,
    requestedAt: time(row['requested_at']) ?? '',
    statusAt: time(row['status_at']) ?? '',
    vehicleId: text(row['vehicle_id']),
    commandId: text(row['command_id']),
    distanceKm: number(row['distance_km']),
    candidates: number(row['candidates']),
    tried: row['tried'] as readonly string[],
    reason: text(row['reason']),
  };
}

/** An emergency, for people. */
export interface EmergencyView {
  readonly emergencyId: string;
  readonly vehicleId: string;
  readonly kind: string;
  readonly state: EmergencyState;
  readonly severity: string;
  readonly occurredAt: string;
  readonly stateAt: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly responderId: string | null;
}

export const emergencySelect = `
  select emergency_id, vehicle_id, kind, state, severity, occurred_at, state_at, latitude, longitude, responder_id, content
  from fleet_emergency`;

export function emergencyView(row: Row): EmergencyView {
  return {
    emergencyId: String(row['emergency_id']),
    vehicleId: String(row['vehicle_id']),
    kind: String(row['kind']),
    state: row['state'] as EmergencyState,
    severity: String(row['severity']),
    occurredAt: time(row['occurred_at']) ?? '',
    stateAt: time(row['state_at']) ?? '',
    latitude: number(row['latitude']),
    longitude: number(row['longitude']),
    responderId: text(row['responder_id']),
  };
}

function time(value: unknown): string | null {
  return value instanceof Date ? value.toISOString() : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
