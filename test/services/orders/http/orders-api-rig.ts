import type { Pool } from '../../../../src/postgres/pool.ts';
import type { makeShop } from '../../../make/shop.ts';

/** What the tests of one database share. */
export interface OrdersApiRig {
  shop: ReturnType<typeof makeShop>;
  readonly pool: () => Pool;
  readonly rows: (sql: string) => Promise<readonly unknown[]>;
  /** Places an order of ada's and tells its id. */
  readonly place: (key?: string, given?: object) => Promise<string>;
}
