import { hasEnded, type OrderSaga } from '../../core/orders/saga.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { storableJson } from '../../postgres/storable-text.ts';

/** A saga with the version that a save must name. */
export interface LoadedSaga {
  readonly saga: OrderSaga;
  /** 0 for a saga that was never saved. */
  readonly version: number;
}

/** Where sagas are kept. */
export interface SagaStore {
  load(orderId: string): Promise<LoadedSaga | null>;
  /** Saves the saga that follows the loaded one; false, and nothing changed, when somebody else was faster. */
  save(loaded: LoadedSaga, atMs: number): Promise<boolean>;
  /** Orders whose saga has a deadline at this time or before, the longest overdue first. */
  due(atMs: number, limit: number): Promise<readonly string[]>;
}

const insertSql = `
  insert into saga_instance
    (saga_id, order_id, step, state, version, attempts, deadline, last_error, started_at, updated_at, ended_at)
  values ($1, $2, $3, $4::jsonb, 1, $5, $6, $7, $8, $8, $9)
  on conflict do nothing`;

const updateSql = `
  update saga_instance set step = $3, state = $4::jsonb, version = version + 1, attempts = $5, deadline = $6,
    last_error = $7, updated_at = $8, ended_at = $9, notified_at = case when $5 = 0 then null else notified_at end
  where saga_id = $1 and order_id = $2 and version = $10`;

const dueSql = `
  select order_id from saga_instance where ended_at is null and deadline <= $1 order by deadline limit $2`;

/** The sagas in PostgreSQL. */
export function makeSagaStore(pool: Pool): SagaStore {
  return {
    async load(orderId) {
      const { rows } = await onConnection(pool, (client) =>
        client.query<{ state: OrderSaga; version: number }>({
          name: 'load-saga',
          text: 'select state, version from saga_instance where order_id = $1',
          values: [orderId],
        }),
      );
      const [row] = rows;
      return row === undefined ? null : { saga: row.state, version: row.version };
    },
    async save({ saga, version }, atMs) {
      const at = new Date(atMs);
      const values = [
        saga.sagaId,
        saga.orderId,
        saga.step,
        storableJson(saga),
        saga.tries,
        saga.deadline === null ? null : new Date(saga.deadline),
        saga.lastError,
        at,
        hasEnded(saga) ? at : null,
      ];
      const statement =
        version === 0
          ? { name: 'insert-saga', text: insertSql, values }
          : { name: 'update-saga', text: updateSql, values: [...values, version] };
      const { rowCount } = await onConnection(pool, (client) => client.query(statement));
      return rowCount === 1;
    },
    async due(atMs, limit) {
      const { rows } = await onConnection(pool, (client) =>
        client.query<{ order_id: string }>(dueSql, [new Date(atMs), limit]),
      );
      return rows.map(({ order_id }) => order_id);
    },
  };
}
