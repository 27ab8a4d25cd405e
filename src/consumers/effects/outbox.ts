import type { EventPublisher, OutgoingRecord } from '../../kafka/publisher.ts';
import { textArray } from '../../postgres/binary-array.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';

/** An event whose bytes are final, on its way to the log. */
export type KeptEvent = OutgoingRecord & { readonly key: string; readonly value: Buffer };

/** Keeps events beside the rows that they tell of: both are there when the transaction ends, or neither. */
export async function keepEvents(client: PoolClient, events: readonly KeptEvent[]): Promise<void> {
  if (events.length === 0) return;
  await client.query(
    `insert into event_outbox (topic, key, headers, value)
     select e.topic, e.key, e.headers::jsonb, decode(e.value, 'hex')
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as e(topic, key, headers, value, place)
     order by e.place`,
    [
      textArray(events.map(({ topic }) => topic)),
      textArray(events.map(({ key }) => key)),
      textArray(events.map(({ headers }) => JSON.stringify(headers))),
      textArray(events.map(({ value }) => value.toString('hex'))),
    ],
  );
}

interface OutboxRow {
  readonly position: number;
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

const batchRows = 500;

/**
 * Publishes everything that was kept, in the order kept, and resolves when the log has it. One publisher at a time holds
 * the lane, so that events of a key and entries of a chain keep their order. A crash between the log's acknowledgement
 * and the end of the transaction publishes the same bytes under the same ids again.
 */
export async function relayEvents(pool: Pool, publisher: Pick<EventPublisher, 'send'>): Promise<number> {
  for (let sent = 0; ; ) {
    const rows = await inTransaction(pool, async (client) => {
      await client.query(`select lane from event_outbox_lane where lane = 'all' for update`);
      const found = await client.query<OutboxRow>(
        `select position, topic, key, headers, value from event_outbox order by position limit ${batchRows}`,
      );
      if (found.rows.length === 0) return 0;
      await publisher.send(found.rows);
      await client.query('delete from event_outbox where position = any($1::bigint[])', [
        found.rows.map(({ position }) => position),
      ]);
      return found.rows.length;
    });
    sent += rows;
    if (rows < batchRows) return sent;
  }
}
