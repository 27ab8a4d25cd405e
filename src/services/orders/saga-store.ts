import { hasEnded, isStuck, maxTries, type OrderSaga, type SagaStep } from '../../core/orders/saga.ts';
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

/** A saga as people see it. */
export interface SagaRow {
  readonly sagaId: string;
  readonly orderId: string;
  readonly step: SagaStep;
  readonly attempts: number;
  /** ms since 1970-01-01 UTC; null at the end. */
  readonly deadline: number | null;
  readonly lastError: string | null;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  readonly stuck: boolean;
  readonly state: OrderSaga;
}

export interface SagaQuery {
  readonly step?: SagaStep | undefined;
  /** Only sagas that people should look at. @default false */
  readonly stuck?: boolean | undefined;
  /** @default 50 */
  readonly limit?: number | undefined;
}

const insertSql = `
  insert into saga_instance
    (saga_id, order_id, step, state, version, attempts, deadline, last_error, started_at, updated_at, ended_at)
  values ($1, $2, $3, $4::jsonb, 1, $5, $6, $7, $8, $8, $9)
  on conflict do nothing`;

const updateSql = `
  update saga_instance set step = $3, state = $4::jsonb, version = version + 1, attempts = $5, deadline = $6,
    last_error = $7, updated_at = $8, ended_at = $9
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

const rowColumns = 'state, attempts, deadline, last_error, started_at, updated_at, ended_at';

const listSql = `
  select ${rowColumns} from saga_instance
  where ($1::text is null or step = $1)
    and (not $2::boolean or (ended_at is null and attempts >= $3 and step in ('finishing', 'compensating')))
  order by updated_at desc limit $4`;

interface StoredSaga {
  readonly state: OrderSaga;
  readonly attempts: number;
  readonly deadline: Date | null;
  readonly last_error: string | null;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
}

/** Sagas for people, the newest change first. */
export async function listSagas(pool: Pool, query: SagaQuery = {}): Promise<readonly SagaRow[]> {
  const { step = null, stuck = false, limit = 50 } = query;
  const { rows } = await onConnection(pool, (client) =>
    client.query<StoredSaga>(listSql, [step, stuck, maxTries, limit]),
  );
  return rows.map(rowOf);
}

/** One saga by its own id or its order's; null when there is none. */
export async function findSaga(pool: Pool, id: string): Promise<SagaRow | null> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<StoredSaga>(`select ${rowColumns} from saga_instance where saga_id = $1 or order_id = $1 limit 1`, [
      id,
    ]),
  );
  return rows[0] === undefined ? null : rowOf(rows[0]);
}

function rowOf(row: StoredSaga): SagaRow {
  const { state, attempts } = row;
  return {
    sagaId: state.sagaId,
    orderId: state.orderId,
    step: state.step,
    attempts,
    deadline: row.deadline?.getTime() ?? null,
    lastError: row.last_error,
    startedAt: row.started_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    endedAt: row.ended_at?.getTime() ?? null,
    stuck: isStuck(state),
    state,
  };
}
