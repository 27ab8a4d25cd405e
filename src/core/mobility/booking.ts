import type { BookingStatus, DomainEvent } from '../../catalogue/events.generated.ts';
import type { EntityChange } from './entity.ts';
import { applied, duplicate, type Fate, isoTime, placeOf } from './fate.ts';

export type PaymentStatus = 'NONE' | 'AUTHORIZED' | 'CAPTURED' | 'FAILED' | 'REFUNDED';

/** What is known of a booking; small plain JSON. */
export interface Booking {
  readonly bookingId: string;
  readonly city: string;
  readonly language: string;
  readonly currency: string;
  readonly status: BookingStatus;
  readonly payment: PaymentStatus;
  /** Minor units of the currency: the newest amount that was told. */
  readonly amountMinor: number | null;
  readonly vehicleId: string | null;
  readonly vehicleType: string | null;
  readonly pickupStationId: string | null;
  readonly returnStationId: string | null;
  readonly tripId: string | null;
  readonly startedAt: number | null;
  readonly returnedAt: number | null;
  /** Highest number of an event in the booking's history; null when its events have none. */
  readonly version: number | null;
  /** Newest events as `type@ms`, to know copies by. */
  readonly events: readonly string[];
  readonly updatedMs: number;
}

export interface BookingStep {
  readonly booking: Booking;
  readonly fate: Fate;
  /** What it means for stations and vehicles. */
  readonly changes: readonly EntityChange[];
}

/** Status that an event leads to; events about payment leave it as it is. */
const statusAfter: ReadonlyMap<string, BookingStatus> = new Map([
  ['booking_created', 'CREATED'],
  ['booking_confirmed', 'CONFIRMED'],
  ['rental_started', 'ACTIVE'],
  ['return_completed', 'RETURNED'],
  ['booking_cancelled', 'CANCELLED'],
  ['booking_expired', 'EXPIRED'],
]);

const paymentAfter: ReadonlyMap<string, PaymentStatus> = new Map([
  ['payment_authorized', 'AUTHORIZED'],
  ['payment_captured', 'CAPTURED'],
  ['payment_failed', 'FAILED'],
  ['payment_refunded', 'REFUNDED'],
]);

/** A booking goes forwards only. */
const rank: Readonly<Record<BookingStatus, number>> = {
  UNKNOWN: 0,
  CREATED: 1,
  CONFIRMED: 2,
  ACTIVE: 3,
  RETURNED: 4,
  COMPLETED: 4,
  CANCELLED: 4,
  EXPIRED: 4,
};

/** Events remembered to know copies by: more than a booking has. */
const eventLimit = 16;

function newBooking({ bookingId, city, language, currency }: DomainEvent): Booking {
  return {
    bookingId,
    city,
    language,
    currency,
    status: 'UNKNOWN',
    payment: 'NONE',
    amountMinor: null,
    vehicleId: null,
    vehicleType: null,
    pickupStationId: null,
    returnStationId: null,
    tripId: null,
    startedAt: null,
    returnedAt: null,
    version: null,
    events: [],
    updatedMs: 0,
  };
}

/** Applies one event to its booking, and says what it means for the station and the vehicle that are booked. */
export function changeBooking(known: Booking | null, type: string, event: DomainEvent): BookingStep {
  const before = known ?? newBooking(event);
  const name = `${type}@${event.occurredAt}`;
  if (before.events.includes(name)) return { booking: before, fate: duplicate, changes: [] };
  const status = statusAfter.get(type) ?? 'UNKNOWN';
  if (status !== 'UNKNOWN' && (rank[status] < rank[before.status] || rank[before.status] === rank.CANCELLED)) {
    const detail = `${type} of ${isoTime(event.occurredAt)}, after the booking became ${before.status}`;
    return { booking: before, fate: { fate: 'late', detail }, changes: [] };
  }
  const booking: Booking = {
    ...withFacts(before, event),
    status: status === 'UNKNOWN' ? before.status : status,
    payment: paymentAfter.get(type) ?? before.payment,
    events: [...before.events, name].slice(-eventLimit),
  };
  return { booking, fate: applied, changes: status === 'UNKNOWN' ? [] : changesOf(before, booking, event) };
}

/** Later events repeat what they know and leave out the rest. */
function withFacts(before: Booking, event: DomainEvent): Booking {
  const { streamVersion, occurredAt } = event;
  return {
    ...before,
    language: event.language,
    currency: event.currency,
    amountMinor: event.amountMinor ?? before.amountMinor,
    vehicleId: event.vehicleId ?? before.vehicleId,
    vehicleType: event.vehicleType ?? before.vehicleType,
    pickupStationId: event.pickupStationId ?? before.pickupStationId,
    returnStationId: event.returnStationId ?? before.returnStationId,
    tripId: event.tripId ?? before.tripId,
    startedAt: event.startedAt ?? before.startedAt,
    returnedAt: event.returnedAt ?? before.returnedAt,
    version: streamVersion === null ? before.version : Math.max(streamVersion, before.version ?? streamVersion),
    updatedMs: Math.max(occurredAt, before.updatedMs),
  };
}

function changesOf(before: Booking, booking: Booking, event: DomainEvent): readonly EntityChange[] {
  const holds = booking.status === 'CREATED' || booking.status === 'CONFIRMED';
  return [...stationChanges(before, booking, { event, holds }), ...vehicleChanges(before, booking, { event, holds })];
}

interface Effect {
  readonly event: DomainEvent;
  /** Whether the booking keeps a vehicle that nobody rides yet. */
  readonly holds: boolean;
}

function stationChanges(before: Booking, booking: Booking, { event, holds }: Effect): readonly EntityChange[] {
  const { bookingId, city, pickupStationId, vehicleType } = booking;
  const ms = event.occurredAt;
  const freed = (stationId: string): EntityChange => ({
    kind: 'STATION',
    city,
    stationId,
    change: { change: 'freed', ms, bookingId },
  });
  const moved = before.pickupStationId !== null && before.pickupStationId !== pickupStationId;
  const left = moved && before.pickupStationId !== null ? [freed(before.pickupStationId)] : [];
  if (pickupStationId === null) return left;
  if (!holds) return [...left, freed(pickupStationId)];
  const hold = { vehicleType, fromMs: event.reservedFrom ?? ms, untilMs: event.reservedUntil };
  const change = { change: 'held', ms, bookingId, hold } as const;
  return [...left, { kind: 'STATION', city, stationId: pickupStationId, change }];
}

function vehicleChanges(before: Booking, booking: Booking, { event, holds }: Effect): readonly EntityChange[] {
  const { bookingId, city, vehicleType, status } = booking;
  const at = { ms: event.occurredAt, bookingId, vehicleType, city, place: placeOf(event) };
  const other = before.vehicleId !== null && before.vehicleId !== booking.vehicleId ? before.vehicleId : null;
  const left: readonly EntityChange[] =
    other === null
      ? []
      : [{ kind: 'VEHICLE', vehicleId: other, change: { ...at, vehicleType: null, change: 'released' } }];
  const { vehicleId } = booking;
  if (vehicleId === null) return left;
  if (status !== 'RETURNED') {
    const change = holds ? 'reserved' : status === 'ACTIVE' ? 'taken' : 'released';
    return [...left, { kind: 'VEHICLE', vehicleId, change: { ...at, change } }];
  }
  const { returnStationId: stationId, batteryPercent } = event;
  const change = { ...at, change: 'returned', stationId, batteryPercent } as const;
  return [...left, { kind: 'VEHICLE', vehicleId, change }];
}
