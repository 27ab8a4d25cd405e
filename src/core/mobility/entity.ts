import type { InventoryUpdate } from '../../catalogue/events.generated.ts';
import { applied, type Fate } from './fate.ts';
import { changeStation, newStation, type Station, type StationChange, shownStation } from './station.ts';
import type { Trip } from './trip.ts';
import {
  changeVehicle,
  isWorthTelling,
  newVehicle,
  shownVehicle,
  type Vehicle,
  type VehicleChange,
} from './vehicle.ts';

/** What availability is kept of. */
export type Entity = Station | Vehicle;

/** What one event means for one station or vehicle. */
export type EntityChange =
  | { readonly kind: 'STATION'; readonly city: string; readonly stationId: string; readonly change: StationChange }
  | { readonly kind: 'VEHICLE'; readonly vehicleId: string; readonly change: VehicleChange };

export interface EntityStep {
  /** Null when nothing is known of it and the change tells nothing either. */
  readonly entity: Entity | null;
  readonly fate: Fate;
  readonly trips: readonly Trip[];
}

/** Key of a station or vehicle: a station's begins with its city and a slash, which no vehicle's id may contain. */
export function entityIdOf(change: EntityChange): string {
  return change.kind === 'STATION' ? stationEntityId(change.city, change.stationId) : change.vehicleId;
}

/** Stations are numbered by city. */
export function stationEntityId(city: string, stationId: string): string {
  return `${city}/${stationId}`;
}

/** Applies a change to what is known of its entity, null when nothing is. */
export function changeEntity(known: Entity | null, change: EntityChange): EntityStep {
  const { change: what } = change.change;
  if (known === null && (what === 'freed' || what === 'released')) return { entity: null, fate: applied, trips: [] };
  if (change.kind === 'STATION') {
    const before = known?.kind === 'STATION' ? known : newStation(change.city, change.stationId);
    const { station, fate } = changeStation(before, change.change);
    return { entity: station, fate, trips: [] };
  }
  const before = known?.kind === 'VEHICLE' ? known : newVehicle(change.vehicleId);
  const { vehicle, fate, trips } = changeVehicle(before, change.change);
  return { entity: vehicle, fate, trips };
}

/** Availability as the topic tells it, without the event that showed it. */
export type Shown = Omit<InventoryUpdate, 'sourceEventId'>;

export function shownOf(entityId: string, entity: Entity): Shown {
  return entity.kind === 'STATION' ? shownStation(entityId, entity) : shownVehicle(entity);
}

/** Whether the topic and the read model have to hear of a change; `told` is what they know, null for nothing. */
export function mustTell(told: Shown | null, now: Shown): boolean {
  if (told === null) return true;
  return now.kind === 'VEHICLE' ? isWorthTelling(told, now) : true;
}
