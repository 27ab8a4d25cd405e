import type { Booking } from '../../core/mobility/booking.ts';
import { changeBooking } from '../../core/mobility/booking.ts';
import {
  changeEntity,
  type Entity,
  type EntityChange,
  entityIdOf,
  mustTell,
  type Shown,
  shownOf,
} from '../../core/mobility/entity.ts';
import type { Fate } from '../../core/mobility/fate.ts';
import { mergeTrips, type Trip } from '../../core/mobility/trip.ts';
import type { SkippedRecord } from '../../postgres/skipped-records.ts';
import type { Item, Outcome } from '../batch/processor.ts';
import type { MobilityValue, Reading } from './read-record.ts';

/** An entity as it is stored. */
export interface StoredEntity {
  readonly entity: Entity;
  /** What topic and table tell of it. */
  readonly told: Shown;
  readonly revision: number;
}

/** An entity that a batch has changed. */
export interface ChangedEntity {
  readonly entityId: string;
  readonly entity: Entity;
  /** What is to be told of it now; null when the change is not worth it. */
  readonly tell: Shown | null;
  /** Number of what is told, or of what was told last. */
  readonly revision: number;
  /** Id of the newest event that changed it. */
  readonly sourceEventId: string;
  readonly traceparent: string | undefined;
}

/** A record with the changes that it asks for; bookings are folded already. */
export interface Asked {
  readonly item: Item<MobilityValue>;
  readonly changes: readonly EntityChange[];
  readonly trips: readonly Trip[];
  /** Fate where entities have no say: of a booking event at its booking, of a record that was not understood. */
  readonly settled: { readonly outcome: Outcome; readonly detail: string | null } | null;
}

/** Folds booking events into their bookings, in order; the other records pass through. */
export function foldBookings(readings: readonly Reading[], stored: ReadonlyMap<string, Booking>) {
  const bookings = new Map<string, Booking>();
  const asked = readings.map((reading): Asked => {
    const { item } = reading;
    if (reading.kind === 'bay') return { item, ...reading.meaning, settled: null };
    if (reading.kind === 'skipped') {
      const outcome = { fate: 'skipped', reason: reading.reason } as const;
      return { item, changes: [], trips: [], settled: { outcome, detail: reading.detail } };
    }
    const { bookingId } = reading.event;
    const known = bookings.get(bookingId) ?? stored.get(bookingId) ?? null;
    const { booking, fate, changes } = changeBooking(known, item.event.type, reading.event);
    if (fate.fate === 'applied') bookings.set(bookingId, booking);
    return { item, changes, trips: [], settled: settledBy(fate) };
  });
  return { asked, bookings };
}

export interface Folded {
  readonly entities: readonly ChangedEntity[];
  readonly trips: readonly Trip[];
  readonly outcomes: readonly Outcome[];
  readonly skips: readonly SkippedRecord[];
}

interface Working {
  readonly stored: StoredEntity | undefined;
  readonly entity: Entity;
  readonly applied: boolean;
  readonly source: Item<MobilityValue>['event'];
}

/** Folds the changes of a batch into stations and vehicles, in order. */
export function foldEntities(asked: readonly Asked[], stored: ReadonlyMap<string, StoredEntity>): Folded {
  const working = new Map<string, Working>();
  const trips: Trip[] = [];
  const skips: SkippedRecord[] = [];
  const outcomes = asked.map((one) => {
    const fates = one.changes.map((change) => {
      const step = applyChange(change, one.item, { stored, working });
      trips.push(...step.trips);
      return step.fate;
    });
    trips.push(...one.trips);
    const { outcome, detail } = one.settled ?? settledBy(fateOf(fates, one.trips.length > 0));
    if (outcome.fate === 'skipped') {
      skips.push({ offset: one.item.offset, item: -1, eventId: one.item.event.id, reason: outcome.reason, detail });
    }
    return outcome;
  });
  const entities = [...working].map(([entityId, state]) => changed(entityId, state));
  return { entities, trips: mergeTrips(trips), outcomes, skips };
}

interface States {
  readonly stored: ReadonlyMap<string, StoredEntity>;
  readonly working: Map<string, Working>;
}

function applyChange(change: EntityChange, { event }: Item<MobilityValue>, { stored, working }: States) {
  const entityId = entityIdOf(change);
  const before = working.get(entityId);
  const known = before?.entity ?? stored.get(entityId)?.entity ?? null;
  const step = changeEntity(known, change);
  if (step.entity !== null && step.entity !== known) {
    const applied = step.fate.fate === 'applied';
    const source = applied || before === undefined ? event : before.source;
    const state = { stored: stored.get(entityId), entity: step.entity, source };
    working.set(entityId, { ...state, applied: applied || before?.applied === true });
  }
  return step;
}

function changed(entityId: string, { stored, entity, applied, source }: Working): ChangedEntity {
  const now = shownOf(entityId, entity);
  const tell = stored === undefined || (applied && mustTell(stored.told, now)) ? now : null;
  const revision = (stored?.revision ?? 0) + (tell === null ? 0 : 1);
  return { entityId, entity, tell, revision, sourceEventId: source.id, traceparent: source.traceparent };
}

/** A record has had an effect when one of those it is about took it, or a trip did that a count knows already. */
function fateOf(fates: readonly Fate[], tellsTrip: boolean): Fate {
  const [first] = fates;
  const took = fates.find(({ fate }) => fate === 'applied');
  if (took !== undefined || first === undefined) return took ?? { fate: 'applied' };
  return tellsTrip && first.fate === 'late' ? { fate: 'applied' } : first;
}

function settledBy(fate: Fate): NonNullable<Asked['settled']> {
  if (fate.fate === 'applied') return { outcome: { fate: 'applied' }, detail: null };
  if (fate.fate === 'duplicate') return { outcome: { fate: 'skipped', reason: 'duplicate' }, detail: null };
  return { outcome: { fate: 'skipped', reason: 'filtered' }, detail: `late: ${fate.detail}` };
}
