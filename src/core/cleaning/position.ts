import type { QualityFlag } from '../../catalogue/events.generated.ts';
import { distanceKm, type Position } from '../geometry.ts';
import { fastestJumpKmh, positionCarryMs, smallestJumpKm } from './limits.ts';

/** The last valid position that a receiver gave. */
export interface Fix extends Position {
  /** When the receiver first gave this position, ms. */
  readonly sinceMs: number;
  /** When it last gave it, ms. */
  readonly untilMs: number;
}

export interface PositionClaim {
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly speedKmh: number | null;
  readonly ms: number;
}

export interface PositionVerdict {
  readonly position: Position | null;
  /** Distance from the fix before, km; null when there is none or the way in between is not known. */
  readonly distanceKm: number | null;
  readonly flag: QualityFlag | null;
  readonly fix: Fix | null;
}

/**
 * Judges a position against the one before. A receiver that loses the satellites reports a coordinate as exactly 0, or
 * repeats the last position while the vehicle drives on.
 */
export function judgePosition(previous: Fix | null, claim: PositionClaim): PositionVerdict {
  const { latitude, longitude, speedKmh, ms } = claim;
  if (latitude === null && longitude === null) return { position: null, distanceKm: null, flag: null, fix: previous };
  if (latitude === null || longitude === null || !isPossible(previous, { latitude, longitude })) {
    return carriedOn(previous, ms);
  }
  const position = { latitude, longitude };
  if (previous === null) {
    return { position, distanceKm: null, flag: null, fix: { latitude, longitude, sinceMs: ms, untilMs: ms } };
  }
  if (latitude === previous.latitude && longitude === previous.longitude) {
    const flag = speedKmh !== null && speedKmh > 0 ? 'POSITION_STUCK' : null;
    return { position, distanceKm: 0, flag, fix: { latitude, longitude, sinceMs: previous.sinceMs, untilMs: ms } };
  }
  const km = distanceKm(previous, position);
  const hours = Math.max(1, ms - previous.sinceMs) / 3_600_000;
  const jumped = km > smallestJumpKm && km / hours > fastestJumpKmh;
  return {
    position,
    distanceKm: jumped ? null : km,
    flag: jumped ? 'GAP_BEFORE' : null,
    fix: { latitude, longitude, sinceMs: ms, untilMs: ms },
  };
}

function carriedOn(previous: Fix | null, ms: number): PositionVerdict {
  if (previous === null || Math.abs(ms - previous.untilMs) > positionCarryMs) {
    return { position: null, distanceKm: null, flag: 'OUT_OF_RANGE', fix: previous };
  }
  const position = { latitude: previous.latitude, longitude: previous.longitude };
  return { position, distanceKm: 0, flag: 'POSITION_REPAIRED', fix: previous };
}

function isPossible(previous: Fix | null, { latitude, longitude }: Position): boolean {
  if (!(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180)) return false;
  // An exact 0 is true only for a vehicle that was beside the equator or the prime meridian before.
  if (latitude === 0 && (previous === null || Math.abs(previous.latitude) > 0.05)) return false;
  return longitude !== 0 || (previous !== null && Math.abs(previous.longitude) <= 0.05);
}
