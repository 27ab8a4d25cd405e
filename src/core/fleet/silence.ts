import type { VehicleStatus } from '../../catalogue/events.generated.ts';

/** A vehicle on its way that the bus has not heard of for this long has lost its link. */
export const silentAfterMs = 5 * 60_000;

/** States in which a vehicle reports all the time; one that is parked or charges may sleep. */
export const reportingStates = ['MOVING', 'STANDING'] as const satisfies readonly VehicleStatus[];

/** What is known of a vehicle that may have fallen silent. */
export interface ListeningFor {
  readonly status: VehicleStatus;
  /** When the log took its newest state, ms since 1970-01-01 UTC. */
  readonly heardAtMs: number;
}

/** Whether a vehicle that should report has been silent for too long. */
export function isSilent({ status, heardAtMs }: ListeningFor, nowMs: number): boolean {
  return (reportingStates as readonly VehicleStatus[]).includes(status) && nowMs - heardAtMs >= silentAfterMs;
}

const fewVehicles = 10;

/**
 * Whether so many of the vehicles that report fell silent at once that the bus, and not they, must have lost the link:
 * more than half of ten or more.
 */
export function isBusSilent(silent: number, reporting: number): boolean {
  return reporting >= fewVehicles && silent * 2 > reporting;
}
