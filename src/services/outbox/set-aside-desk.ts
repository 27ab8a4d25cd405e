import { AppError } from '../../core/errors/app-error.ts';
import { onConnection, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { type OutboxTable, outboxTables } from '../../postgres/set-aside.ts';

/** An event that the log refuses, as people look at it. */
export interface SetAsideEvent {
  /** Outbox and position, such as `outbox:17`. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly eventId: string;
  readonly code: string;
  readonly reason: string;
  readonly refusals: number;
  /** RFC 3339. */
  readonly since: string;
  /** When it is offered again, RFC 3339. */
  readonly retryAt: string;
  /** Events of its key that wait behind it. */
  readonly held: number;
}

const eventId: Readonly<Record<OutboxTable, string>> = {
  outbox: 'o.event_id::text',
  event_outbox: `o.headers->>'ce_id'`,
};

const listSql = (table: OutboxTable) => `
  select '${table}:' || o.position as id, o.topic, o.key, ${eventId[table]} as "eventId", o.code, o.reason, o.refusals,
    o.set_aside_at as since, o.retry_at as "retryAt",
    (select count(*) from ${table} b where b.topic = o.topic and b.key = o.key and b.position > o.position) as held
  from ${table} o where o.retry_at is not null order by o.position limit $1`;

type Row = Omit<SetAsideEvent, 'since' | 'retryAt'> & { readonly since: Date; readonly retryAt: Date };

/** Events of both outboxes that are put aside, the oldest of each first. */
export async function setAsideEvents(pool: Pool, limit: number): Promise<readonly SetAsideEvent[]> {
  return onConnection(pool, async (client) => {
    const found: SetAsideEvent[] = [];
    for (const table of outboxTables) {
      const { rows } = await client.query<Row>(listSql(table), [limit - found.length]);
      found.push(
        ...rows.map((row) => ({ ...row, since: row.since.toISOString(), retryAt: row.retryAt.toISOString() })),
      );
    }
    return found;
  });
}

/**
 * Has events offered again with the next round instead of when their time comes.
 * @param id - one of them; all when it is null
 * @returns how many
 * @throws AppError EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN
 */
export async function offerAgain(pool: Pool, id: string | null): Promise<number> {
  const one = id === null ? null : placeOf(id);
  return onConnection(pool, async (client) => {
    let count = 0;
    for (const table of one === null ? outboxTables : [one.table]) {
      const { rowCount } = await client.query(
        `update ${table} set retry_at = now() where retry_at is not null and ($1::bigint is null or position = $1)`,
        [one?.position ?? null],
      );
      count += rowCount ?? 0;
    }
    if (id !== null && count === 0) throw unknown(id);
    return count;
  });
}

/**
 * Takes an event out of its outbox that the log will never take: it is kept in `discarded_event`, and what waits behind it
 * goes on without it.
 * @param why - kept beside it
 * @throws AppError EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN
 */
export async function discard(pool: Pool, id: string, why: string): Promise<void> {
  const { table, position } = placeOf(id);
  const { rowCount } = await onConnection(pool, (client: PoolClient) =>
    client.query(
      `with gone as (delete from ${table} o where o.position = $1 and o.retry_at is not null returning o.*)
       insert into discarded_event (outbox, position, topic, key, code, reason, content)
       select '${table}', g.position, g.topic, g.key, g.code, g.reason, to_jsonb(g) || jsonb_build_object('why', $2::text)
       from gone g`,
      [position, why],
    ),
  );
  if (rowCount !== 1) throw unknown(id);
}

function placeOf(id: string): { readonly table: OutboxTable; readonly position: number } {
  const [name, digits = ''] = id.split(':');
  const table = outboxTables.find((one) => one === name);
  if (table === undefined || !/^\d{1,15}$/.test(digits)) throw unknown(id);
  return { table, position: Number(digits) };
}

function unknown(id: string): AppError {
  return new AppError('EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN', `got "${id}", allowed are ids such as outbox:17`);
}
