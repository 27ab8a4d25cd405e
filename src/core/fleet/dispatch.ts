import type { VehicleStatus } from '../../catalogue/events.generated.ts';
import { distanceKm, type Position } from '../geometry.ts';

/** A vehicle that might be sent. */
export interface Candidate {
  readonly vehicleId: string;
  readonly vehicleType: string;
  readonly status: VehicleStatus;
  readonly batteryPercent: number | null;
  readonly position: Position;
  /** When the bus last heard of it, ms since 1970-01-01 UTC. */
  readonly heardAtMs: number;
}

/** The vehicle to send, and why. */
export interface Assignment {
  readonly vehicleId: string;
  readonly distanceKm: number;
  /** Higher is better. */
  readonly score: number;
  /** Vehicles that could have been sent. */
  readonly candidates: number;
}

/** What is null in an event of a dispatch of which no more is known than its id. */
export const noDispatchFacts = {
  vehicleId: null,
  previousVehicleId: null,
  tripId: null,
  operationId: null,
  city: null,
  pickupLatitude: null,
  pickupLongitude: null,
  expectedArrivalAt: null,
  distanceKm: null,
  candidates: null,
  score: null,
  policyVersion: null,
  reason: null,
} as const;

/** Version of these rules; it stands in every assignment. */
export const dispatchPolicyVersion = 'dispatch/1';

/** Vehicles that drive by themselves or with a driver; nobody sends a bike. */
export const dispatchedTypes = ['car', 'van', 'shuttle', 'truck'] as const;

/** Farther vehicles are not sent, km. */
export const reachKm = 15;
/** A request that no vehicle takes in this time has failed. */
export const dispatchPatienceMs = 5 * 60_000;
/** Vehicles asked at most. */
export const mostVehiclesTried = 5;
/** How long a vehicle has to accept the drive. */
export const driveValidityMs = 60_000;

const leastBatteryPercent = 20;
const parkedHeardWithinMs = 24 * 3_600_000;
const standingHeardWithinMs = 5 * 60_000;
/** Each percent below a full battery counts as much as so many kilometres. */
const kmPerPercent = 0.02;
const speedKmh = 25;

/** The nearest free vehicle, a fuller battery deciding between equals; null when none is free within reach. */
export function chooseVehicle(pickup: Position, vehicles: readonly Candidate[], nowMs: number): Assignment | null {
  let best: Assignment | null = null;
  let candidates = 0;
  for (const vehicle of vehicles) {
    if (!isFree(vehicle, nowMs)) continue;
    const km = distanceKm(vehicle.position, pickup);
    if (km > reachKm) continue;
    candidates += 1;
    const score = -km - (100 - (vehicle.batteryPercent ?? 0)) * kmPerPercent;
    const { vehicleId } = vehicle;
    if (best === null || score > best.score || (score === best.score && vehicleId < best.vehicleId)) {
      best = { vehicleId, distanceKm: km, score, candidates: 0 };
    }
  }
  return best === null ? null : { ...best, candidates };
}

function isFree({ vehicleType, status, batteryPercent, heardAtMs }: Candidate, nowMs: number): boolean {
  if (!(dispatchedTypes as readonly string[]).includes(vehicleType)) return false;
  if (batteryPercent === null || batteryPercent < leastBatteryPercent) return false;
  if (status === 'PARKED') return nowMs - heardAtMs <= parkedHeardWithinMs;
  return status === 'STANDING' && nowMs - heardAtMs <= standingHeardWithinMs;
}

/** When a vehicle at this distance can be there, ms since 1970-01-01 UTC. */
export function expectedArrivalMs(km: number, nowMs: number): number {
  return nowMs + Math.ceil((km / speedKmh) * 3_600_000);
}
