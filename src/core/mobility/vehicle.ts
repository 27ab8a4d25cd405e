import type { AvailabilityStatus, InventoryUpdate } from '../../catalogue/events.generated.ts';
import { distanceKm } from '../geometry.ts';
import { applied, duplicate, type Fate, isoTime, late, type Place } from './fate.ts';
import { unknownType } from './station.ts';
import type { Trip, TripStop } from './trip.ts';

/** What is known of a shared vehicle; small plain JSON. Each part has the time of the event that told it. */
export interface Vehicle {
  readonly kind: 'VEHICLE';
  readonly vehicleId: string;
  readonly vehicleType: string;
  readonly city: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly stationId: string | null;
  readonly batteryPercent: number | null;
  /** Too low to be rented, until it is well above the limit again. */
  readonly flat: boolean;
  readonly faulty: boolean;
  readonly telemetry: { readonly ms: number; readonly sequence: number | null } | null;
  /** Newest word on whether it stands or has left its bay: by a bay, or by the end of a booking. */
  readonly bay: { readonly ms: number; readonly standing: boolean } | null;
  /** Booking that has the vehicle. */
  readonly booking: { readonly id: string; readonly riding: boolean } | null;
  /** Newest time of any booking event, ms. */
  readonly bookingMs: number | null;
  /** A ride without an id of its own that only one of its two stations has told yet. */
  readonly ride: { readonly start: TripStop | null; readonly end: TripStop | null } | null;
  readonly updatedMs: number;
}

interface Known {
  readonly ms: number;
  readonly vehicleType: string | null;
  readonly city: string | null;
  readonly place: Place;
}

export type VehicleChange =
  | (Known & {
      readonly change: 'reported';
      readonly sequence: number | null;
      readonly batteryPercent: number | null;
      readonly faults: readonly string[];
    })
  | (Known & {
      readonly change: 'docked' | 'undocked';
      readonly stationId: string;
      /** Whether the ride has an id of its own, by which its two ends are put together elsewhere. */
      readonly namedRide: boolean;
    })
  | (Known & { readonly change: 'reserved' | 'taken' | 'released'; readonly bookingId: string })
  | (Known & {
      readonly change: 'returned';
      readonly bookingId: string;
      readonly stationId: string | null;
      readonly batteryPercent: number | null;
    });

export interface VehicleStep {
  readonly vehicle: Vehicle;
  readonly fate: Fate;
  readonly trips: readonly Trip[];
}

interface RentLevels {
  readonly flatBelow: number;
  readonly fitFrom: number;
}

/** State of charge, percent, that a vehicle needs to be let out, by type. */
export const rentLevels: ReadonlyMap<string, RentLevels> = new Map([
  ['scooter', { flatBelow: 10, fitFrom: 15 }],
  ['ebike', { flatBelow: 10, fitFrom: 15 }],
  ['cargo_bike', { flatBelow: 15, fitFrom: 20 }],
  ['moped', { flatBelow: 15, fitFrom: 20 }],
  ['car', { flatBelow: 15, fitFrom: 25 }],
]);
const otherLevels: RentLevels = { flatBelow: 10, fitFrom: 15 };

export function newVehicle(vehicleId: string): Vehicle {
  return {
    kind: 'VEHICLE',
    vehicleId,
    vehicleType: unknownType,
    city: null,
    latitude: null,
    longitude: null,
    stationId: null,
    batteryPercent: null,
    flat: false,
    faulty: false,
    telemetry: null,
    bay: null,
    booking: null,
    bookingMs: null,
    ride: null,
    updatedMs: 0,
  };
}

/** Applies one event to a vehicle. */
export function changeVehicle(vehicle: Vehicle, change: VehicleChange): VehicleStep {
  switch (change.change) {
    case 'reported':
      return reported(vehicle, change);
    case 'docked':
    case 'undocked':
      return atBay(vehicle, change);
    case 'reserved':
    case 'taken':
    case 'released':
    case 'returned':
      return booked(vehicle, change);
    default:
      return change satisfies never;
  }
}

function reported(vehicle: Vehicle, change: Extract<VehicleChange, { change: 'reported' }>): VehicleStep {
  const { ms, sequence, batteryPercent, faults } = change;
  const { telemetry } = vehicle;
  if (telemetry !== null && ms <= telemetry.ms) {
    const same = ms === telemetry.ms && sequence === telemetry.sequence;
    return { vehicle, fate: same ? duplicate : late(ms, telemetry.ms, 'a reading'), trips: [] };
  }
  const next = known(vehicle, change);
  const charged = withBattery(next, batteryPercent);
  return step({ ...charged, faulty: faults.length > 0, telemetry: { ms, sequence } });
}

function atBay(
  vehicle: Vehicle,
  change: Extract<VehicleChange, { stationId: string; namedRide: boolean }>,
): VehicleStep {
  const { ms, stationId } = change;
  const docked = change.change === 'docked';
  const stop: TripStop = { ms, stationId, ...change.place };
  const { ride, trips } = change.namedRide
    ? { ride: vehicle.ride, trips: [] }
    : paired(vehicle, { city: change.city ?? vehicle.city ?? '', stop, docked });
  const { bay } = vehicle;
  if (bay !== null && ms <= bay.ms) {
    const same = ms === bay.ms && docked === bay.standing;
    const fate = same ? duplicate : late(ms, bay.ms, 'a report of a bay');
    return { vehicle: same ? vehicle : { ...vehicle, ride }, fate, trips: same ? [] : trips };
  }
  const place = { stationId: docked ? stationId : null, bay: { ms, standing: docked }, ride };
  return { ...step({ ...known(vehicle, change), ...place }), trips };
}

interface BayReport {
  readonly city: string;
  readonly stop: TripStop;
  readonly docked: boolean;
}

/** Puts the two ends of a ride together, whichever is told first; the vehicle is what they have in common. */
function paired(vehicle: Vehicle, report: BayReport): Pick<VehicleStep, 'trips'> & Pick<Vehicle, 'ride'> {
  const { stop, docked } = report;
  const open = vehicle.ride;
  const [start, end] = docked ? [open?.start ?? null, stop] : [stop, open?.end ?? null];
  if (start !== null && end !== null && start.ms <= end.ms)
    return { ride: null, trips: [tripOf(vehicle, report, { start, end })] };
  // The end of an earlier ride; its begin is still to come, or lost. A ride that is open stays so.
  if (docked) return { ride: open ?? { start: null, end: stop }, trips: [] };
  const trips = [tripOf(vehicle, report, { start: stop, end: null })];
  return { ride: open?.start != null && open.start.ms > stop.ms ? open : { start: stop, end: null }, trips };
}

function tripOf(
  { vehicleId, vehicleType }: Vehicle,
  { city }: BayReport,
  { start, end }: { readonly start: TripStop; readonly end: TripStop | null },
): Trip {
  return { tripId: `${vehicleId}@${isoTime(start.ms)}`, city, vehicleId, vehicleType, start, end };
}

type BookingChange = Extract<VehicleChange, { bookingId: string }>;

function booked(vehicle: Vehicle, change: BookingChange): VehicleStep {
  const { ms, bookingId } = change;
  const own = vehicle.booking?.id === bookingId;
  // The vehicle's present booking may be told of by another partition, ahead of the end of the one before.
  if (!own && vehicle.bookingMs !== null && ms < vehicle.bookingMs) {
    return { vehicle, fate: late(ms, vehicle.bookingMs, 'another booking'), trips: [] };
  }
  const bookingMs = Math.max(ms, vehicle.bookingMs ?? ms);
  const booking = own ? null : vehicle.booking;
  if (change.change === 'returned') return returned({ ...vehicle, booking, bookingMs }, change);
  if (change.change === 'released') return step({ ...known(vehicle, change), booking, bookingMs });
  const riding = change.change === 'taken';
  return step({ ...known(vehicle, change), booking: { id: bookingId, riding }, bookingMs });
}

function returned(vehicle: Vehicle, change: Extract<VehicleChange, { change: 'returned' }>): VehicleStep {
  const charged = withBattery(known(vehicle, change), change.batteryPercent);
  // A bay that has told of the vehicle since then knows better where it stands.
  if (vehicle.bay !== null && vehicle.bay.ms > change.ms) return step(charged);
  return step({ ...charged, stationId: change.stationId, bay: { ms: change.ms, standing: true } });
}

const step = (vehicle: Vehicle): VehicleStep => ({ vehicle, fate: applied, trips: [] });

function known(vehicle: Vehicle, { ms, vehicleType, city, place }: Known): Vehicle {
  const newest = ms >= vehicle.updatedMs;
  return {
    ...vehicle,
    ...(newest && place.latitude !== null ? place : {}),
    vehicleType: vehicleType ?? vehicle.vehicleType,
    city: city ?? vehicle.city,
    updatedMs: Math.max(vehicle.updatedMs, ms),
  };
}

function withBattery(vehicle: Vehicle, batteryPercent: number | null): Vehicle {
  if (batteryPercent === null || !(batteryPercent >= 0 && batteryPercent <= 100)) return vehicle;
  const { flatBelow, fitFrom } = rentLevels.get(vehicle.vehicleType) ?? otherLevels;
  return { ...vehicle, batteryPercent, flat: batteryPercent < (vehicle.flat ? fitFrom : flatBelow) };
}

function statusOf({ booking, bay, faulty, flat }: Vehicle): AvailabilityStatus {
  if (booking !== null) return booking.riding ? 'IN_USE' : 'RESERVED';
  // It left its bay, and no booking says for whom.
  if (bay !== null && !bay.standing) return 'IN_USE';
  if (faulty) return 'MAINTENANCE';
  return flat ? 'OUT_OF_SERVICE' : 'AVAILABLE';
}

/** What the vehicle offers, as the topic and the read model tell it. */
export function shownVehicle(vehicle: Vehicle): Omit<InventoryUpdate, 'sourceEventId'> {
  return {
    entityId: vehicle.vehicleId,
    kind: 'VEHICLE',
    updatedAt: vehicle.updatedMs,
    city: vehicle.city,
    status: statusOf(vehicle),
    vehicleType: vehicle.vehicleType,
    stationId: vehicle.stationId,
    latitude: vehicle.latitude,
    longitude: vehicle.longitude,
    batteryPercent: vehicle.batteryPercent,
    rangeKm: null,
    bookingId: vehicle.booking?.id ?? null,
    vehiclesAvailable: null,
    vehiclesByType: {},
    docksAvailable: null,
    renting: null,
    returning: null,
  };
}

/** Steps of battery and position below which a report changes nothing that anybody would look at. */
const toldSteps = { batteryPercent: 5, km: 0.1 } as const;

/** Whether a vehicle has changed so much since it was last told of that it is told of again. */
export function isWorthTelling(told: Omit<InventoryUpdate, 'sourceEventId'>, now: typeof told): boolean {
  const differs = (['status', 'stationId', 'bookingId', 'city', 'vehicleType'] as const).some(
    (field) => told[field] !== now[field],
  );
  if (differs || (told.batteryPercent === null) !== (now.batteryPercent === null)) return true;
  if (Math.abs((told.batteryPercent ?? 0) - (now.batteryPercent ?? 0)) >= toldSteps.batteryPercent) return true;
  const { latitude, longitude } = now;
  if (latitude === null || longitude === null) return false;
  if (told.latitude === null || told.longitude === null) return true;
  const from = { latitude: told.latitude, longitude: told.longitude };
  return distanceKm(from, { latitude, longitude }) >= toldSteps.km;
}
