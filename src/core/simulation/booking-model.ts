import type { DomainEvent } from '../../catalogue/events.generated.ts';
import { currencyDecimals } from '../mobility/currencies.ts';
import { between, type Random } from './random.ts';

/** A city with its customers' languages and its money. */
export interface BookingCity {
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  /** Price of a minute, in the main unit of the currency. */
  readonly minutePrice: number;
  readonly languages: readonly string[];
}

export const bookingCities: readonly BookingCity[] = [
  { name: 'oslo', timeZone: 'Europe/Oslo', currency: 'NOK', minutePrice: 3.5, languages: ['nb', 'nn', 'en-GB'] },
  {
    name: 'berlin',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    minutePrice: 0.25,
    languages: ['de-DE', 'en-GB', 'tr'],
  },
  { name: 'paris', timeZone: 'Europe/Paris', currency: 'EUR', minutePrice: 0.27, languages: ['fr-FR', 'en-GB'] },
  { name: 'copenhagen', timeZone: 'Europe/Copenhagen', currency: 'DKK', minutePrice: 2.5, languages: ['da', 'en-GB'] },
  {
    name: 'zurich',
    timeZone: 'Europe/Zurich',
    currency: 'CHF',
    minutePrice: 0.4,
    languages: ['de-CH', 'fr-CH', 'it-CH'],
  },
];

/** What a booking service publishes: the type, and the event's data, as far as the booking has come. */
export interface BookingStep {
  readonly type: string;
  readonly data: Partial<DomainEvent> & Pick<DomainEvent, 'bookingId' | 'occurredAt'>;
}

interface Course {
  readonly bookingId: string;
  /** When it is booked, ms since 1970-01-01 UTC. */
  readonly startMs: number;
}

const minuteMs = 60_000;

/** The whole life of one booking of a scooter: mostly a ride that is paid; some are given up, run out, or are not paid for. */
export function bookingStory({ bookingId, startMs }: Course, random: Random): readonly BookingStep[] {
  const city = pick(bookingCities, random);
  const vehicle = { vehicleId: `${city.name}-scooter-${1 + Math.floor(random() * 200)}`, vehicleType: 'scooter' };
  const { name, timeZone, currency } = city;
  const fixed = { bookingId, city: name, language: pick(city.languages, random), currency, timeZone, ...vehicle };
  let ms = startMs;
  let streamVersion = 0;
  const step = (type: string, minutes: number, data: Partial<DomainEvent> = {}): BookingStep => {
    ms += Math.round(minutes * minuteMs);
    streamVersion += 1;
    return { type, data: { ...fixed, occurredAt: ms, streamVersion, ...data } };
  };
  const amount = (minutes: number) => Math.round(minutes * city.minutePrice * 10 ** currencyDecimals(currency));
  const rideMinutes = Math.round(between(random, 3, 40));
  const reserved = { reservedFrom: startMs, reservedUntil: startMs + 10 * minuteMs, amountMinor: amount(10) };
  const created = step('booking_created', 0, reserved);
  const fate = random();
  if (fate < 0.06) return [created, step('booking_cancelled', 2, { cancellationReason: 'changed-mind' })];
  if (fate < 0.1) return [created, step('booking_expired', 10, { cancellationReason: 'not-picked-up' })];
  if (fate < 0.13) return [created, ...unpaid(step)];
  const started = [step('payment_authorized', 0.1, { amountMinor: amount(10) }), step('booking_confirmed', 0.05)];
  const ride = step('rental_started', between(random, 1, 6));
  const startedAt = ride.data.occurredAt;
  const back = step('return_completed', rideMinutes, {
    startedAt,
    returnedAt: startedAt + rideMinutes * minuteMs,
    durationSeconds: rideMinutes * 60,
    distanceKm: Math.round(rideMinutes * between(random, 0.15, 0.3) * 10) / 10,
    batteryPercent: Math.round(between(random, 12, 95)),
    amountMinor: amount(rideMinutes),
  });
  return [created, ...started, ride, back, step('payment_captured', 0.2, { amountMinor: amount(rideMinutes) })];
}

function unpaid(
  step: (type: string, minutes: number, data?: Partial<DomainEvent>) => BookingStep,
): readonly BookingStep[] {
  const failed = step('payment_failed', 0.1, { paymentFailureCode: 'card-declined' });
  return [failed, step('booking_cancelled', 0.05, { cancellationReason: 'payment-failed' })];
}

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError('the list is empty');
  return found;
}
