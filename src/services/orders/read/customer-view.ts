import type { CustomerEvent } from '../../../catalogue/events.generated.ts';
import type { PoolClient } from '../../../postgres/pool.ts';
import { shownTime } from './shown-time.ts';

/** A customer as the API shows them; times are RFC 3339. */
export interface CustomerView
  extends Pick<
    CustomerEvent,
    | 'customerId'
    | 'status'
    | 'country'
    | 'city'
    | 'language'
    | 'currency'
    | 'segment'
    | 'marketingConsent'
    | 'consentVersion'
    | 'referrer'
  > {
  readonly registeredAt: string | null;
  readonly consentAt: string | null;
  /** Orders that the customer has placed. */
  readonly orders: number;
  readonly changedAt: string;
  readonly version: number;
}

interface CustomerRow {
  readonly data: CustomerEvent;
  readonly registered_at: Date | null;
  readonly changed_at: Date;
  readonly version: number;
  readonly orders: number;
}

const customerSql = `
  select data, registered_at, changed_at, version,
    (select count(*) from order_current o where o.customer_id = c.customer_id) as orders
  from customer_current c where customer_id = $1`;

export async function customerOf(client: PoolClient, customerId: string): Promise<CustomerView | null> {
  const { rows } = await client.query<CustomerRow>(customerSql, [customerId]);
  const [row] = rows;
  if (row === undefined) return null;
  const { data } = row;
  return {
    customerId: data.customerId,
    status: data.status,
    registeredAt: row.registered_at?.toISOString() ?? null,
    country: data.country,
    city: data.city,
    language: data.language,
    currency: data.currency,
    segment: data.segment,
    marketingConsent: data.marketingConsent,
    consentVersion: data.consentVersion,
    consentAt: shownTime(data.consentAt),
    referrer: data.referrer,
    orders: row.orders,
    changedAt: row.changed_at.toISOString(),
    version: row.version,
  };
}
