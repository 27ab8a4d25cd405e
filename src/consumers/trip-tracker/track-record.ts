import type { TripEvent, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { energyKwh } from '../../core/fleet/energy.ts';
import { judgeTrip, type TripMemory, type TripStep } from '../../core/fleet/trips.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { Item } from '../batch/processor.ts';
import type { FoldStep } from '../keyed-state.ts';

export const tripTracker = 'trip-tracker';

/** The fleet whose trips are told here; those of shared vehicles are told by their bookings. */
const ownFleet = 'fleet';

const nothing: FoldStep = { events: [], skips: [], outcome: { fate: 'applied' } };

/** Judges one reading. The n-th step that a reading shows has the id `derivedId(source id, tracker, n)`. */
export function trackRecord(
  item: Item<VehicleTelemetry>,
  state: unknown,
  capacitiesKwh: ReadonlyMap<string, number>,
): FoldStep {
  const { value, event, offset } = item;
  if (value.fleet !== ownFleet) return nothing;
  // States come back as the plain JSON that an earlier step returned; nothing else writes them.
  const memory = state as TripMemory | undefined;
  const judged = judgeTrip(memory, value, () => derivedId(event.id, `${tripTracker}/trip`, 0));
  if (judged === 'late') {
    const detail = 'late: no newer than what the trip rules have judged already';
    const skip = { offset, item: -1, eventId: event.id, reason: 'filtered', detail } as const;
    return { events: [], skips: [skip], outcome: { fate: 'skipped', reason: 'filtered' } };
  }
  const capacityKwh = capacitiesKwh.get(value.vehicleId) ?? null;
  const events = judged.steps.map((step, index) => tripEvent(item, { step, index, capacityKwh }));
  return { ...nothing, state: judged.memory, events };
}

const types = {
  STARTED: 'trip.started',
  PAUSED: 'trip.paused',
  RESUMED: 'trip.resumed',
  COMPLETED: 'trip.completed',
} as const;

interface Told {
  readonly step: TripStep;
  readonly index: number;
  readonly capacityKwh: number | null;
}

function tripEvent({ event, value }: Item<VehicleTelemetry>, told: Told): OutgoingEvent<'TripEvent'> {
  const { step, index } = told;
  return {
    topic: 'fleet.trips.v1',
    key: step.trip.tripId,
    subject: 'TripEvent',
    value: tripValue(value, told),
    event: {
      id: derivedId(event.id, tripTracker, index),
      source: `/${tripTracker}`,
      type: types[step.status],
      time: new Date(step.atMs).toISOString(),
      subject: step.trip.tripId,
      traceparent: event.traceparent,
    },
  };
}

function tripValue({ vehicleId, city }: VehicleTelemetry, { step, capacityKwh }: Told): TripEvent {
  const { trip, status, atMs } = step;
  const over = status === 'COMPLETED';
  return {
    tripId: trip.tripId,
    status,
    occurredAt: atMs,
    vehicleId,
    riderId: null,
    fleetId: null,
    city,
    startStationId: null,
    endStationId: null,
    originLatitude: trip.originLatitude,
    originLongitude: trip.originLongitude,
    destinationLatitude: over ? trip.last.latitude : null,
    destinationLongitude: over ? trip.last.longitude : null,
    startedAt: trip.startedMs,
    endedAt: over ? atMs : null,
    distanceKm: step.distanceKm,
    durationSeconds: Math.round(step.drivenMs / 1000),
    energyKwh: energyKwh(capacityKwh, trip.batteryStart, trip.last.battery),
    batteryStartPercent: trip.batteryStart,
    batteryEndPercent: over ? trip.last.battery : null,
    passengers: null,
    fareMinor: null,
    currency: null,
    cancellationReason: null,
  };
}
