import type { DomainEvent, VehicleBayEvent } from '../../catalogue/events.generated.ts';
import { shownValue } from '../../codec/shown-value.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type BayMeaning, readBayEvent } from '../../core/mobility/bay-event.ts';
import { bookingValueProblems } from '../../core/mobility/booking-values.ts';
import type { Item, SkipReason } from '../batch/processor.ts';

/** Value of either topic. */
export type MobilityValue = VehicleBayEvent | DomainEvent;

/** What a record says, before anything is known of whom it is about. */
export type Reading =
  | { readonly kind: 'bay'; readonly item: Item<MobilityValue>; readonly meaning: BayMeaning }
  | { readonly kind: 'booking'; readonly item: Item<MobilityValue>; readonly event: DomainEvent }
  | {
      readonly kind: 'skipped';
      readonly item: Item<MobilityValue>;
      readonly reason: SkipReason;
      readonly detail: string;
    };

/**
 * Reads one record.
 * @throws AppError EVENTBUS_MOBILITY_BOOKING_INVALID, poison, for a booking event whose values cannot be
 */
export function readRecord(item: Item<MobilityValue>): Reading {
  const { value, key, timestampMs } = item;
  if ('bookingId' in value) return readBooking(item, value);
  const meaning = readBayEvent(value, { key, receivedMs: timestampMs });
  if (meaning.fate === 'understood') return { kind: 'bay', item, meaning };
  return { kind: 'skipped', item, reason: 'rejected', detail: `${meaning.reason}: ${meaning.detail}` };
}

function readBooking(item: Item<MobilityValue>, event: DomainEvent): Reading {
  if (item.key !== event.bookingId) {
    const detail = `the value is of booking ${shownValue(event.bookingId)}, the record's key is ${shownValue(item.key)}`;
    return { kind: 'skipped', item, reason: 'rejected', detail };
  }
  const problems = bookingValueProblems(item.event.type, event);
  if (problems.length === 0) return { kind: 'booking', item, event };
  const { topic, partition, offset } = item;
  const what = `${item.event.type} of booking ${shownValue(event.bookingId)}: ${problems.join('; ')}`;
  throw new AppError('EVENTBUS_MOBILITY_BOOKING_INVALID', what, { details: { topic, partition, offset } });
}
