import type { CustomerEvent, CustomerStatus } from '../../catalogue/events.generated.ts';
import { accepted, type Decider, type Decision, misplaced, refused } from './decider.ts';
import { currencyProblem, type FieldProblem, firstProblem, idProblem } from './field-check.ts';

/** State of a customer, without contact data. */
export type Customer = Omit<
  CustomerEvent,
  'changedFields' | 'streamVersion' | 'sagaId' | 'correlationId' | 'causationId'
>;

/** What a customer, or somebody for them, may change; absent fields stay as they are. */
export interface CustomerChanges {
  readonly country?: string | null | undefined;
  readonly city?: string | null | undefined;
  readonly language?: string | null | undefined;
  readonly currency?: string | null | undefined;
  readonly segment?: string | null | undefined;
  readonly referrer?: string | null | undefined;
  readonly marketingConsent?: boolean | null | undefined;
  readonly consentVersion?: string | null | undefined;
  readonly status?: Exclude<CustomerStatus, 'UNKNOWN'> | undefined;
}

export type CustomerCommand =
  | {
      readonly type: 'register';
      readonly at: number;
      readonly customerId: string;
      readonly profile: Omit<CustomerChanges, 'status'>;
    }
  | { readonly type: 'update'; readonly at: number; readonly changes: CustomerChanges };

export type CustomerHappening =
  | { readonly type: 'customer-registered'; readonly customer: Customer }
  | { readonly type: 'customer-updated'; readonly changes: Partial<Customer> };

export const customerDecider: Decider<Customer, CustomerCommand, CustomerHappening> = {
  kind: 'customer',
  stateFormat: 1,
  decide,
  evolve,
};

const changeable = [
  'country',
  'city',
  'language',
  'currency',
  'segment',
  'referrer',
  'marketingConsent',
  'consentVersion',
  'status',
] as const;

/** What is left of an erased customer: the pseudonym, and when it came. */
const erasedFields = {
  country: null,
  city: null,
  language: null,
  currency: null,
  segment: null,
  referrer: null,
  marketingConsent: null,
  consentVersion: null,
  consentAt: null,
} as const;

function decide(customer: Customer | null, command: CustomerCommand): Decision<CustomerHappening> {
  if (command.type === 'register') {
    if (customer !== null) return refused('EVENTBUS_ORDER_EXISTS', `customer ${customer.customerId} is registered`);
    return register(command);
  }
  if (customer === null) return refused('EVENTBUS_ORDER_CUSTOMER_UNKNOWN', 'an update before the registration');
  if (customer.status === 'ERASED' || (customer.status === 'CLOSED' && command.changes.status !== 'ERASED')) {
    return refused('EVENTBUS_ORDER_CUSTOMER_STATE', `customer ${customer.customerId} is ${customer.status}`);
  }
  const problem = firstProblem(profileProblems(command.changes));
  if (problem !== null) return problem;
  const changes = realChanges(customer, command);
  return Object.keys(changes).length === 0 ? accepted() : accepted({ type: 'customer-updated', changes });
}

function register({ at, customerId, profile }: Extract<CustomerCommand, { readonly type: 'register' }>) {
  const problem = firstProblem([idProblem('customerId', customerId), ...profileProblems(profile)]);
  if (problem !== null) return problem;
  const asked = profile.marketingConsent !== undefined && profile.marketingConsent !== null;
  const customer: Customer = {
    customerId,
    status: 'ACTIVE',
    registeredAt: at,
    country: profile.country ?? null,
    city: profile.city ?? null,
    language: profile.language ?? null,
    currency: profile.currency ?? null,
    segment: profile.segment ?? null,
    marketingConsent: profile.marketingConsent ?? null,
    consentVersion: profile.consentVersion ?? null,
    consentAt: asked ? at : null,
    referrer: profile.referrer ?? null,
  };
  return accepted<CustomerHappening>({ type: 'customer-registered', customer });
}

function profileProblems({ country, currency }: CustomerChanges): readonly FieldProblem[] {
  const wrong = typeof country === 'string' && !/^[A-Z]{2}$/.test(country);
  return [
    wrong ? `country is "${country.slice(0, 40)}"; allowed are two capital letters such as NO` : null,
    typeof currency === 'string' ? currencyProblem('currency', currency) : null,
  ];
}

function realChanges(
  customer: Customer,
  { at, changes }: Extract<CustomerCommand, { readonly type: 'update' }>,
): Partial<Customer> {
  if (changes.status === 'ERASED') return { status: 'ERASED', ...erasedFields };
  const found = changeable.filter((name) => changes[name] !== undefined && changes[name] !== customer[name]);
  const changed: Partial<Customer> = Object.fromEntries(found.map((name) => [name, changes[name]]));
  return found.includes('marketingConsent') ? { ...changed, consentAt: at } : changed;
}

function evolve(customer: Customer | null, event: CustomerHappening): Customer {
  if (event.type === 'customer-registered') return event.customer;
  if (customer === null) throw misplaced('customer', event);
  return { ...customer, ...event.changes };
}
