import { textArray } from '../../postgres/binary-array.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { type KeptEvent, maxSharesPerThing, type RealtimeStore } from './store.ts';

interface KeptRow {
  readonly event_id: string;
  readonly type: string;
  readonly name: string;
  readonly time: Date;
  readonly data: KeptEvent['data'];
}

const ownersSql = 'select id, owner from realtime_owner where kind = $1 and id = any($2::text[])';

const sharedSql = 'select 1 from realtime_share where kind = $1 and id = $2 and user_id = $3';

const shareSql = `
  insert into realtime_share (kind, id, user_id)
  select $1, $2, $3
  where (select count(*) from realtime_share where kind = $1 and id = $2) < $4
  on conflict do nothing`;

const unshareSql = 'delete from realtime_share where kind = $1 and id = $2 and user_id = $3';

const keptSql = `
  select event_id, type, name, time, data from realtime_inbox
  where user_id = $1 and acknowledged_at is null
  order by stored_at, event_id
  limit $2`;

/** A row for an event that is not stored yet keeps the later insert out. */
const acknowledgeSql = `
  insert into realtime_inbox as i (user_id, event_id, type, name, time, data, acknowledged_at)
  select $1, id, '', '', now(), '{}'::jsonb, now() from unnest($2::text[]) as id
  on conflict (user_id, event_id) do update set acknowledged_at = coalesce(i.acknowledged_at, excluded.acknowledged_at)`;

/** The tables that the consumer `realtime-inbox` fills. */
export function makePostgresStore(pool: Pool): RealtimeStore {
  const query = <R extends object>(name: string, text: string, values: unknown[]) =>
    onConnection(pool, (client) => client.query<R>({ name: `realtime-${name}`, text, values }));
  return {
    async owners(kind, ids) {
      const { rows } = await query<{ id: string; owner: string }>('owners', ownersSql, [kind, textArray(ids)]);
      return new Map(rows.map(({ id, owner }) => [id, owner]));
    },
    async isShared({ kind, id }, user) {
      return (await query('shared', sharedSql, [kind, id, user])).rowCount === 1;
    },
    async share({ kind, id }, user) {
      const { rowCount } = await query('share', shareSql, [kind, id, user, maxSharesPerThing]);
      return rowCount === 1 || (await query('shared', sharedSql, [kind, id, user])).rowCount === 1;
    },
    async unshare({ kind, id }, user) {
      await query('unshare', unshareSql, [kind, id, user]);
    },
    async keptEvents(user, limit) {
      const { rows } = await query<KeptRow>('kept', keptSql, [user, limit]);
      return rows.map(({ event_id: id, type, name, time, data }) => ({
        id,
        type,
        name,
        time: time.toISOString(),
        data,
      }));
    },
    async acknowledge(user, ids) {
      if (ids.length > 0) await query('acknowledge', acknowledgeSql, [user, textArray([...new Set(ids)])]);
    },
  };
}
