import { describe, expect, test } from '@jest/globals';
import { bookingValueProblems } from '../../../src/core/mobility/booking-values.ts';
import { currencyDecimals, isCurrency } from '../../../src/core/mobility/currencies.ts';
import { domainEvent } from '../../make/mobility-items.ts';

describe('the values of a booking event', () => {
  test.each([
    ['oslo', 'nb', 'NOK'],
    ['berlin', 'de-DE', 'EUR'],
    ['copenhagen', 'da', 'DKK'],
    ['zurich', 'gsw-CH', 'CHF'],
    ['tokyo', 'ja-Jpan-JP', 'JPY'],
  ])('in %s, %s and %s are sound', (city, language, currency) => {
    const value = domainEvent({ city, language, currency, amountMinor: 4900 });
    expect(bookingValueProblems('payment_authorized', value)).toEqual([]);
  });

  test.each([
    ['booking_created', { language: 'norsk bokmål' }, 'language is "norsk bokmål", allowed is a BCP 47 tag'],
    ['booking_created', { language: '' }, 'language is ""'],
    ['booking_created', { currency: 'nok' }, 'currency is "nok", allowed is a code of ISO 4217'],
    ['booking_created', { currency: 'DEM' }, 'currency is "DEM"'],
    ['booking_created', { city: 'Oslo' }, 'city is "Oslo", allowed are small letters'],
    ['booking_created', { amountMinor: -1 }, 'amountMinor is -1'],
    ['payment_captured', {}, 'amountMinor is missing, payment_captured needs it'],
    ['payment_failed', {}, 'paymentFailureCode is missing'],
    ['booking_created', { occurredAt: 0 }, 'occurredAt is 0 ms, allowed are the years 2000 to 2099'],
    ['booking_created', { reservedFrom: 1e12 + 1, reservedUntil: 1e12 }, 'reservedUntil lies before reservedFrom'],
    ['booking_created', { vehicleId: 'oslo/7' }, 'vehicleId is "oslo/7"'],
    ['booking_created', { bookingId: 'a\u0000' }, 'bookingId is "a\\u0000"'],
  ])('%s with %j: %s', (type, given, problem) => {
    const problems = bookingValueProblems(type, domainEvent(given));
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test('money has the decimals of its currency', () => {
    expect(['EUR', 'NOK', 'JPY', 'ISK', 'KWD'].map(currencyDecimals)).toEqual([2, 2, 0, 0, 3]);
    expect(['EUR', 'eur', 'XXX', 'BTC', 'constructor'].map(isCurrency)).toEqual([true, false, false, false, false]);
  });
});
