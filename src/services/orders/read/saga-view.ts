import type { SagaStep } from '../../../core/orders/saga.ts';
import type { PoolClient } from '../../../postgres/pool.ts';

export const sagaSteps: readonly SagaStep[] = [
  'reserving',
  'paying',
  'finishing',
  'compensating',
  'completed',
  'cancelled',
];

/** How far an order is on its way through stock and payment; times are RFC 3339. */
export interface SagaView {
  readonly sagaId: string;
  readonly orderId: string;
  /** reserving, paying, finishing, compensating, completed or cancelled. */
  readonly step: string;
  /** Deadlines that passed in this step. */
  readonly attempts: number;
  /** When the saga goes on by itself. */
  readonly deadline: string | null;
  readonly lastError: string | null;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** Whether people were told that it does not get on. */
  readonly stuck: boolean;
}

interface SagaRow {
  readonly saga_id: string;
  readonly order_id: string;
  readonly step: string;
  readonly attempts: number;
  readonly deadline: Date | null;
  readonly last_error: string | null;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
  readonly notified_at: Date | null;
}

const columns =
  'saga_id, order_id, step, attempts, deadline, last_error, started_at, updated_at, ended_at, notified_at';

export async function sagaOfOrder(client: PoolClient, orderId: string): Promise<SagaView | null> {
  const { rows } = await client.query<SagaRow>(`select ${columns} from saga_instance where order_id = $1`, [orderId]);
  return rows[0] === undefined ? null : sagaView(rows[0]);
}

/** A saga with what it remembers. */
export interface SagaDetails extends SagaView {
  readonly version: number;
  readonly state: Readonly<Record<string, unknown>>;
}

/** The saga of that id, or of the order of that id. */
export async function sagaDetails(client: PoolClient, id: string): Promise<SagaDetails | null> {
  const { rows } = await client.query<SagaRow & Pick<SagaDetails, 'version' | 'state'>>(
    `select ${columns}, version, state from saga_instance where saga_id = $1 or order_id = $1
     order by (saga_id = $1) desc limit 1`,
    [id],
  );
  const [row] = rows;
  return row === undefined ? null : { ...sagaView(row), version: row.version, state: row.state };
}

/** Which sagas a list shows. */
export interface SagaSelection {
  readonly step?: string | undefined;
  /** Also those that have ended. */
  readonly ended: boolean;
  /** Only those that do not get on: told to people, or past their deadline for this long, ms. */
  readonly stuckForMs?: number | undefined;
  readonly limit: number;
}

const listSql = `
  select ${columns} from saga_instance
  where ($1::text is null or step = $1) and ($2 or ended_at is null)
    and ($3::bigint is null or (ended_at is null
      and (notified_at is not null or deadline < now() - $3 * interval '1 millisecond')))
  order by updated_at desc, saga_id limit $4`;

/** Sagas, those that changed last first. */
export async function sagaList(client: PoolClient, wanted: SagaSelection): Promise<readonly SagaView[]> {
  const values = [wanted.step ?? null, wanted.ended, wanted.stuckForMs ?? null, wanted.limit];
  const { rows } = await client.query<SagaRow>(listSql, values);
  return rows.map(sagaView);
}

/** How many sagas stand at each step. */
export async function sagaCounts(client: PoolClient): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ step: string; sagas: number }>(
    'select step, count(*) as sagas from saga_instance group by step order by step',
  );
  return Object.fromEntries(rows.map(({ step, sagas }) => [step, sagas]));
}

function sagaView(row: SagaRow): SagaView {
  return {
    sagaId: row.saga_id,
    orderId: row.order_id,
    step: row.step,
    attempts: row.attempts,
    deadline: row.deadline?.toISOString() ?? null,
    lastError: row.last_error,
    startedAt: row.started_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    stuck: row.ended_at === null && row.notified_at !== null,
  };
}
