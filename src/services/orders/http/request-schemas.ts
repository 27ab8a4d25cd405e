import type { CustomerStatus, PaymentMethod } from '../../../catalogue/events.generated.ts';
import {
  amount,
  country,
  currency,
  described,
  flag,
  id,
  type JsonSchema,
  language,
  listOf,
  nullable,
  objectOf,
  time,
  words,
} from './json-schema.ts';
import { customerStatuses, type GivenReason, givenReasons, paymentMethods } from './statuses.ts';

/** Bodies of requests: each schema, and the type of what fits it. */

export interface NewOrder {
  readonly customerId?: string;
  readonly currency: string;
  readonly lines: readonly {
    readonly productId: string;
    readonly quantity: number;
    readonly unitPriceMinor: number;
    readonly freightMinor?: number;
    readonly sellerId?: string | null;
  }[];
  readonly discountMinor?: number;
  readonly taxMinor?: number | null;
  readonly payment: { readonly method: PaymentMethod; readonly instrument: string; readonly installments?: number };
  readonly channel?: string | null;
  readonly country?: string | null;
  readonly language?: string | null;
  readonly estimatedDeliveryAt?: string | null;
}

const newLine = objectOf(
  {
    productId: id,
    quantity: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Pieces.' },
    unitPriceMinor: described(amount, 'Price of one piece, minor units of the currency (cents).'),
    freightMinor: described(amount, 'Freight of the whole line, minor units of the currency (cents).'),
    sellerId: nullable(id),
  },
  { optional: ['freightMinor', 'sellerId'] },
);

const payment = objectOf(
  {
    method: { type: 'string', enum: paymentMethods.filter((method) => method !== 'UNKNOWN') },
    instrument: described(id, 'The provider’s token of the card or account; never a card number.'),
    installments: { type: 'integer', minimum: 1, maximum: 120 },
  },
  { optional: ['installments'] },
);

const newOrder = objectOf(
  {
    customerId: described(id, 'Who orders; only administrators name another customer than themselves.'),
    currency,
    lines: listOf(newLine, { minItems: 1, maxItems: 500 }),
    discountMinor: described(amount, 'Taken off the total, minor units of the currency (cents).'),
    taxMinor: nullable(described(amount, 'Tax contained in the total, minor units of the currency (cents).')),
    payment,
    channel: nullable(described(words(64), 'Where it was sold, such as web.')),
    country: nullable(country),
    language: nullable(language),
    estimatedDeliveryAt: nullable(time),
  },
  {
    optional: ['customerId', 'discountMinor', 'taxMinor', 'channel', 'country', 'language', 'estimatedDeliveryAt'],
    description: 'An order to be placed.',
  },
);

export interface Cancellation {
  readonly reason?: string;
}

const cancellation = objectOf(
  { reason: described(id, 'Machine-readable; customer-request when left out.') },
  { optional: ['reason'], description: 'Why an order is cancelled.' },
);

export interface PaymentOutcome {
  readonly outcome: 'captured' | 'declined';
}

const paymentOutcome = objectOf(
  { outcome: { type: 'string', enum: ['captured', 'declined'] } },
  { description: 'How a payment ended that the provider had left open.' },
);

export interface Profile {
  readonly country?: string | null;
  readonly city?: string | null;
  readonly language?: string | null;
  readonly currency?: string | null;
  readonly segment?: string | null;
  readonly referrer?: string | null;
  readonly marketingConsent?: boolean | null;
  readonly consentVersion?: string | null;
}

export interface NewCustomer extends Profile {
  readonly customerId?: string;
}

export interface CustomerPatch extends Profile {
  readonly status?: Exclude<CustomerStatus, 'UNKNOWN'>;
}

const profile: Readonly<Record<string, JsonSchema>> = {
  country: nullable(country),
  city: nullable(words(128)),
  language: nullable(language),
  currency: nullable(currency),
  segment: nullable(described(words(64), 'Set by administrators.')),
  referrer: nullable(words(128)),
  marketingConsent: nullable(flag),
  consentVersion: nullable(words(64)),
};

const newCustomer = objectOf(
  { customerId: described(id, 'The caller when left out; only administrators register others.'), ...profile },
  {
    optional: ['customerId', ...Object.keys(profile)],
    description: 'A customer to be registered, without contact data.',
  },
);

const customerPatch: JsonSchema = {
  ...objectOf(
    {
      ...profile,
      status: {
        type: 'string',
        enum: customerStatuses.filter((status) => status !== 'UNKNOWN'),
        description: 'Set by administrators; ERASED takes away everything but the id.',
      },
    },
    {
      optional: ['status', ...Object.keys(profile)],
      description: 'What changes about a customer; what is left out stays, null takes away.',
    },
  ),
  minProperties: 1,
};

export type StockChange = { readonly delta: number; readonly reason: GivenReason } | { readonly onHand: number };

const pieces = 1_000_000_000;

const stockChange: JsonSchema = {
  description: 'Pieces that come or go, or the number that was counted.',
  oneOf: [
    objectOf({
      delta: { type: 'integer', minimum: -pieces, maximum: pieces, description: 'Pieces added, negative when taken.' },
      reason: { type: 'string', enum: givenReasons },
    }),
    objectOf({ onHand: { type: 'integer', minimum: 0, maximum: pieces, description: 'Pieces counted.' } }),
  ],
};

export const requestSchemas = {
  NewOrder: newOrder,
  Cancellation: cancellation,
  PaymentOutcome: paymentOutcome,
  NewCustomer: newCustomer,
  CustomerPatch: customerPatch,
  StockChange: stockChange,
} as const satisfies Readonly<Record<string, JsonSchema>>;
