import type { DomainEvent, VehicleBayEvent } from '../../src/catalogue/events.generated.ts';
import { readBayEvent } from '../../src/core/mobility/bay-event.ts';
import { type Booking, changeBooking } from '../../src/core/mobility/booking.ts';
import {
  changeEntity,
  type Entity,
  type EntityChange,
  entityIdOf,
  type Shown,
  shownOf,
} from '../../src/core/mobility/entity.ts';
import { mergeTrips, type Trip } from '../../src/core/mobility/trip.ts';
import { domainEvent } from './mobility-items.ts';
import { bayEvent, may1st } from './readings.ts';

/** One event of a story: of a bay or vehicle, or of a booking with its type. */
export type StoryEvent =
  | { readonly bay: Partial<VehicleBayEvent> }
  | { readonly booking: string; readonly value?: Partial<DomainEvent> };

export interface Story {
  /** `applied`, `duplicate`, `late …` or `rejected …`, one an event; of the first entity that it is about. */
  readonly fates: readonly string[];
  readonly bookings: Readonly<Record<string, Booking>>;
  readonly trips: readonly Trip[];
  /** What is told of a station or vehicle. */
  shown(entityId: string): Shown | null;
}

/** Folds events one after another, with states that pass through JSON as the table keeps them. */
export function mobilityStory(events: readonly StoryEvent[]): Story {
  const entities = new Map<string, Entity>();
  const bookings: Record<string, Booking> = {};
  const parts: Trip[] = [];
  const apply = (change: EntityChange): string => {
    const id = entityIdOf(change);
    const { entity, fate, trips } = changeEntity(entities.get(id) ?? null, change);
    if (entity !== null) entities.set(id, JSON.parse(JSON.stringify(entity)) as Entity);
    parts.push(...trips);
    return fate.fate === 'late' ? `late ${fate.detail}` : fate.fate;
  };
  const fates = events.map((event) => {
    if ('bay' in event) {
      const value = bayEvent(event.bay);
      const meaning = readBayEvent(value, { key: value.sourceId, receivedMs: may1st + 86_400_000 });
      if (meaning.fate === 'rejected') return `rejected ${meaning.detail}`;
      parts.push(...meaning.trips);
      return meaning.changes.map(apply)[0] ?? 'applied';
    }
    const value = domainEvent(event.value);
    const step = changeBooking(bookings[value.bookingId] ?? null, event.booking, value);
    bookings[value.bookingId] = JSON.parse(JSON.stringify(step.booking)) as Booking;
    for (const change of step.changes) apply(change);
    return step.fate.fate === 'late' ? `late ${step.fate.detail}` : step.fate.fate;
  });
  const shown = (entityId: string): Shown | null => {
    const entity = entities.get(entityId);
    return entity === undefined ? null : shownOf(entityId, entity);
  };
  return { fates, bookings, trips: mergeTrips(parts), shown };
}
