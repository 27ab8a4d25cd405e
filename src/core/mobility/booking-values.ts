import type { DomainEvent } from '../../catalogue/events.generated.ts';
import { isCurrency } from './currencies.ts';
import { isPlainText } from './plain-text.ts';

/** Types of events that tell of money, and so name an amount. */
const withAmount: ReadonlySet<string> = new Set(['payment_authorized', 'payment_captured', 'payment_refunded']);

/** Times of an event outside of these years are a mistake of its clock, ms. */
const [earliestMs, latestMs] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/**
 * What is wrong with the values of a booking event beyond its schema: language, currency, amount, city, times. Each
 * finding names the field, the value got and what is allowed; none for a sound event.
 */
export function bookingValueProblems(type: string, value: DomainEvent): readonly string[] {
  const problems: string[] = [];
  if (!isLanguage(value.language)) {
    problems.push(`language is ${quoted(value.language)}, allowed is a BCP 47 tag such as nb, de-DE or pt-BR`);
  }
  if (!isCurrency(value.currency)) {
    problems.push(
      `currency is ${quoted(value.currency)}, allowed is a code of ISO 4217 in capitals such as NOK or EUR`,
    );
  }
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(value.city)) {
    problems.push(`city is ${quoted(value.city)}, allowed are small letters, digits and dashes such as oslo`);
  }
  problems.push(...nameProblems(value), ...amountProblems(type, value), ...timeProblems(value));
  return problems;
}

const nameFields = [
  'bookingId',
  'userId',
  'vehicleId',
  'vehicleType',
  'pickupStationId',
  'returnStationId',
  'tripId',
  'timeZone',
] as const;

function nameProblems(value: DomainEvent): readonly string[] {
  return nameFields.flatMap((field) => {
    const text = value[field];
    const fine = text === null || (isPlainText(text) && !(field === 'vehicleId' && text.includes('/')));
    return fine ? [] : [`${field} is ${quoted(text)}, allowed are 1 to 128 characters without control characters`];
  });
}

function amountProblems(type: string, { amountMinor, paymentFailureCode }: DomainEvent): readonly string[] {
  if (amountMinor !== null && !(Number.isSafeInteger(amountMinor) && amountMinor >= 0)) {
    return [`amountMinor is ${amountMinor}, allowed are minor units of the currency, 0 or more`];
  }
  if (amountMinor === null && withAmount.has(type)) return [`amountMinor is missing, ${type} needs it`];
  if (type === 'payment_failed' && paymentFailureCode === null)
    return ['paymentFailureCode is missing, payment_failed needs it'];
  return [];
}

const timeFields = ['occurredAt', 'reservedFrom', 'reservedUntil', 'startedAt', 'returnedAt'] as const;

function timeProblems(value: DomainEvent): readonly string[] {
  const problems = timeFields.flatMap((field) => {
    const ms = value[field];
    const fine = ms === null || (ms >= earliestMs && ms < latestMs);
    return fine ? [] : [`${field} is ${ms} ms, allowed are the years 2000 to 2099`];
  });
  const { reservedFrom, reservedUntil } = value;
  if (reservedFrom !== null && reservedUntil !== null && reservedUntil < reservedFrom) {
    problems.push('reservedUntil lies before reservedFrom');
  }
  return problems;
}

/** Whether the text is a well-formed BCP 47 tag. */
function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
