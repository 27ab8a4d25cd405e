import type { TripStatus, VehicleTelemetry } from '../../catalogue/events.generated.ts';

/** A trip under way; plain JSON. */
export interface OpenTrip {
  readonly tripId: string;
  /** Whether the vehicle named it. */
  readonly named: boolean;
  readonly startedMs: number;
  readonly originLatitude: number | null;
  readonly originLongitude: number | null;
  readonly batteryStart: number | null;
  readonly odometerStart: number | null;
  /** Way between positions so far, km. */
  readonly pathKm: number;
  /** Time of the pauses that are over, ms. */
  readonly pausedMs: number;
  /** Since when the vehicle stands; null while it moves. */
  readonly stillSinceMs: number | null;
  /** Whether it stands so long that the pause was told. */
  readonly paused: boolean;
  /** What the newest reading of the trip said, or the one before where it said nothing. */
  readonly last: LastReading;
}

export interface LastReading {
  readonly ms: number;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly battery: number | null;
  readonly odometer: number | null;
}

/** What is remembered of a vehicle; plain JSON. */
export interface TripMemory {
  /** Newest time judged, ms. */
  readonly newestMs: number;
  readonly trip: OpenTrip | null;
  /** Names of the latest trips that are over: what still comes of them comes too late. */
  readonly over: readonly string[];
}

/** A step in the life of a trip, with what is known of the trip by then. */
export interface TripStep {
  readonly status: Extract<TripStatus, 'STARTED' | 'PAUSED' | 'RESUMED' | 'COMPLETED'>;
  readonly trip: OpenTrip;
  /** When it happened, which may lie before the reading that showed it. */
  readonly atMs: number;
  readonly distanceKm: number;
  /** Time since the start without the pauses, ms. */
  readonly drivenMs: number;
}

/** The rules of trips; change them here. */
export const tripRules = {
  /** Slower than this is standing: wheel sensors tremble, receivers drift, km/h. */
  movingKmh: 2,
  /** Where no speed is told, a way between two readings that means driving, km. */
  movingKm: 0.02,
  /** Standing for so long within a trip is a pause. */
  pauseAfterMs: 60_000,
  /** Standing for so long ends a trip that the vehicle did not name. */
  endAfterMs: 10 * 60_000,
  /** So long without a reading ends such a trip as well: nobody knows what happened in between. */
  gapMs: 30 * 60_000,
  /** A longer way between two readings is a jump of the receiver, km. */
  jumpKm: 2,
} as const;

export interface TripJudgement {
  readonly memory: TripMemory;
  readonly steps: readonly TripStep[];
}

/** What of a reading decides about trips. */
export type TripReading = Pick<
  VehicleTelemetry,
  'time' | 'latitude' | 'longitude' | 'speedKmh' | 'batteryPercent' | 'odometerKm' | 'distanceKm' | 'tripId'
>;

const noTrips: TripMemory = { newestMs: Number.NEGATIVE_INFINITY, trip: null, over: [] };
const namesKept = 16;

/**
 * Moves a vehicle's trips on by one reading. A trip that the vehicle names lasts as long as its name; without a name a
 * trip begins when the vehicle moves and ends when it has stood for ten minutes, at the moment it came to stand. A named
 * trip may be told late, as a whole; within a trip, and without a name, a reading that is no newer than the newest tells
 * nothing any more.
 * @param newTripId - id of a trip without a name that begins with this reading
 */
export function judgeTrip(
  memory: TripMemory | undefined,
  given: TripReading,
  newTripId: () => string,
): TripJudgement | 'late' {
  const { newestMs, trip: before, over } = memory ?? noTrips;
  const reading = given.tripId !== null && over.includes(given.tripId) ? { ...given, tripId: null } : given;
  if (isLate(reading, memory ?? noTrips)) return 'late';
  const newest = Math.max(newestMs, reading.time);
  if (before !== null && !endsBefore(before, reading)) {
    const { trip, step } = drivenOn(before, reading);
    return { memory: { newestMs: newest, trip, over }, steps: step === null ? [] : [step] };
  }
  const ended = before === null ? [] : [completed(before)];
  const trip = begun(reading, newTripId);
  const steps = trip === null ? ended : [...ended, stepOf(trip, 'STARTED', trip.startedMs)];
  const names = before?.named === true ? [before.tripId, ...over].slice(0, namesKept) : over;
  return { memory: { newestMs: newest, trip, over: names }, steps };
}

function isLate({ tripId, time }: TripReading, { newestMs, trip }: TripMemory): boolean {
  if (tripId === null) return time <= newestMs;
  return tripId === trip?.tripId && time <= trip.last.ms;
}

/** Whether a trip was over before this reading. */
function endsBefore({ named, tripId, last }: OpenTrip, reading: TripReading): boolean {
  if (named) return reading.tripId !== tripId;
  return reading.tripId !== null || reading.time - last.ms > tripRules.gapMs;
}

function isMoving({ speedKmh, distanceKm: km }: TripReading): boolean {
  if (speedKmh !== null) return speedKmh > tripRules.movingKmh;
  return km !== null && km > tripRules.movingKm && km < tripRules.jumpKm;
}

function begun(reading: TripReading, newTripId: () => string): OpenTrip | null {
  const moving = isMoving(reading);
  if (reading.tripId === null && !moving) return null;
  return {
    tripId: reading.tripId ?? newTripId(),
    named: reading.tripId !== null,
    startedMs: reading.time,
    originLatitude: reading.latitude,
    originLongitude: reading.longitude,
    batteryStart: reading.batteryPercent,
    odometerStart: reading.odometerKm,
    pathKm: 0,
    pausedMs: 0,
    stillSinceMs: moving ? null : reading.time,
    paused: false,
    last: lastOf(null, reading),
  };
}

function drivenOn(
  before: OpenTrip,
  reading: TripReading,
): { readonly trip: OpenTrip | null; readonly step: TripStep | null } {
  const trip = followed(before, reading);
  const { time } = reading;
  if (isMoving(reading)) {
    const moving = { ...trip, stillSinceMs: null, paused: false };
    if (!trip.paused) return { trip: moving, step: null };
    const resumed = { ...moving, pausedMs: trip.pausedMs + time - (trip.stillSinceMs ?? time) };
    return { trip: resumed, step: stepOf(resumed, 'RESUMED', time) };
  }
  const stillSinceMs = trip.stillSinceMs ?? time;
  const standing = { ...trip, stillSinceMs };
  const stoodMs = time - stillSinceMs;
  if (!trip.named && stoodMs >= tripRules.endAfterMs) return { trip: null, step: completed(standing) };
  if (trip.paused || stoodMs < tripRules.pauseAfterMs) return { trip: standing, step: null };
  const paused = { ...standing, paused: true };
  return { trip: paused, step: stepOf(paused, 'PAUSED', stillSinceMs) };
}

/** The trip with what the reading adds to it. Ways are counted whatever the speed says: buses and receivers disagree. */
function followed(trip: OpenTrip, reading: TripReading): OpenTrip {
  const { distanceKm: km } = reading;
  return {
    ...trip,
    originLatitude: trip.originLatitude ?? reading.latitude,
    originLongitude: trip.originLongitude ?? reading.longitude,
    batteryStart: trip.batteryStart ?? reading.batteryPercent,
    odometerStart: trip.odometerStart ?? reading.odometerKm,
    pathKm: trip.pathKm + (km !== null && km < tripRules.jumpKm ? km : 0),
    last: lastOf(trip.last, reading),
  };
}

function lastOf(before: LastReading | null, reading: TripReading): LastReading {
  return {
    ms: reading.time,
    latitude: reading.latitude ?? before?.latitude ?? null,
    longitude: reading.longitude ?? before?.longitude ?? null,
    battery: reading.batteryPercent ?? before?.battery ?? null,
    odometer: reading.odometerKm ?? before?.odometer ?? null,
  };
}

/** A named trip ends with its last reading, another one where the vehicle came to stand for good. */
function completed(trip: OpenTrip): TripStep {
  const { named, paused, stillSinceMs, last } = trip;
  if (!named) return stepOf(trip, 'COMPLETED', stillSinceMs ?? last.ms);
  const lastPauseMs = paused && stillSinceMs !== null ? last.ms - stillSinceMs : 0;
  return stepOf({ ...trip, pausedMs: trip.pausedMs + lastPauseMs }, 'COMPLETED', last.ms);
}

function stepOf(trip: OpenTrip, status: TripStep['status'], atMs: number): TripStep {
  const { odometerStart, last, pathKm, startedMs, pausedMs } = trip;
  const byOdometer = odometerStart === null || last.odometer === null ? -1 : last.odometer - odometerStart;
  // Odometers of cheap units are reset; a way is never negative.
  return {
    status,
    trip,
    atMs,
    distanceKm: byOdometer < 0 ? pathKm : byOdometer,
    drivenMs: atMs - startedMs - pausedMs,
  };
}
