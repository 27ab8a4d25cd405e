/** Begin or end of a ride, as a bay reported it. */
export interface TripStop {
  readonly ms: number;
  readonly stationId: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** What is known of a trip; either stop may still be missing, because each is told by another station. */
export interface Trip {
  readonly tripId: string;
  readonly city: string;
  readonly vehicleId: string | null;
  readonly vehicleType: string | null;
  readonly start: TripStop | null;
  readonly end: TripStop | null;
}

/** Puts the parts of trips together, one a trip; of two that tell the same stop the earlier one in the list stays. */
export function mergeTrips(parts: readonly Trip[]): readonly Trip[] {
  const trips = new Map<string, Trip>();
  for (const part of parts) {
    const known = trips.get(part.tripId);
    trips.set(part.tripId, known === undefined ? part : merged(known, part));
  }
  return [...trips.values()];
}

function merged(first: Trip, second: Trip): Trip {
  return {
    ...first,
    vehicleId: first.vehicleId ?? second.vehicleId,
    vehicleType: first.vehicleType ?? second.vehicleType,
    start: first.start ?? second.start,
    end: first.end ?? second.end,
  };
}
