import type { PoolClient } from '../../../postgres/pool.ts';

/** One event of an order, its payments or its stock. */
export interface HistoryEntry {
  readonly eventId: string;
  readonly time: string;
  readonly type: string;
  readonly source: string;
  readonly entityId: string;
  readonly version: number | null;
  /** Who asked for it; null where the event store does not know the event. */
  readonly actor: string | null;
  readonly commandId: string | null;
  readonly recordedAt: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly data: Readonly<Record<string, unknown>>;
}

interface HistoryRow extends Omit<HistoryEntry, 'eventId' | 'time' | 'entityId' | 'commandId' | 'recordedAt'> {
  readonly event_id: string;
  readonly time: Date;
  readonly entity_id: string;
  readonly command_id: string | null;
  readonly recorded_at: Date | null;
}

/** The store knows who asked for an event and when it was stored; events of other writers are in the trail alone. */
const historySql = `
  select e.event_id, e.time, e.type, e.source, e.entity_id, e.version, s.actor, s.command_id, s.recorded_at,
    e.topic, e.partition, e."offset", e.data
  from commerce_event e left join stored_event s using (event_id)
  where e.order_id = $1
  order by e.time, s.position nulls last, e.topic, coalesce(e.version, 0), e."offset"`;

export async function historyOf(client: PoolClient, orderId: string): Promise<readonly HistoryEntry[]> {
  const { rows } = await client.query<HistoryRow>(historySql, [orderId]);
  return rows.map((row) => ({
    eventId: row.event_id,
    time: row.time.toISOString(),
    type: row.type,
    source: row.source,
    entityId: row.entity_id,
    version: row.version,
    actor: row.actor,
    commandId: row.command_id,
    recordedAt: row.recorded_at?.toISOString() ?? null,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    data: row.data,
  }));
}
