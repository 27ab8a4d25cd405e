import { requirePublishable } from '../../kafka/publishable-record.ts';
import type { EventPublisher, OutgoingRecord } from '../../kafka/publisher.ts';
import { sendInKeyOrder } from '../../kafka/send-in-key-order.ts';
import { int8Array, textArray } from '../../postgres/binary-array.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { mayGo, riskyColumn, type SetAside, setAside } from '../../postgres/set-aside.ts';

/** An event whose bytes are final, on its way to the log. */
export type KeptEvent = OutgoingRecord & { readonly key: string; readonly value: Buffer };

/**
 * Keeps events beside the rows that they tell of: both are there when the transaction ends, or neither.
 * @throws AppError when the log would never take one of them, so that the transaction can be taken back
 */
export async function keepEvents(client: PoolClient, events: readonly KeptEvent[]): Promise<void> {
  if (events.length === 0) return;
  for (const event of events) requirePublishable(event);
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
  readonly risky: boolean;
}

const batchRows = 500;

const takeSql = `
  select o.position, o.topic, o.key, o.headers, o.value, ${riskyColumn('event_outbox')}
  from event_outbox o where ${mayGo('event_outbox')} order by o.position limit ${batchRows}`;

const removeSql = 'delete from event_outbox where position = any($1::bigint[])';

export interface Relay {
  readonly pool: Pool;
  readonly publisher: Pick<EventPublisher, 'send'>;
  /** Told of each event that is put aside because the log refuses it. @default nobody */
  readonly onSetAside?: ((event: SetAside) => void) | undefined;
}

/**
 * Publishes everything that was kept, in the order kept, and resolves when the log has it. One publisher at a time holds
 * the lane, so that events of a key and entries of a chain keep their order. A crash between the log's acknowledgement
 * and the end of the transaction publishes the same bytes under the same ids again. An event that the log refuses is put
 * aside and offered again later; events of its key wait behind it, all others go on.
 * @returns how many events the log took
 */
export async function relayEvents({ pool, publisher, onSetAside }: Relay): Promise<number> {
  for (let sent = 0; ; ) {
    const round = await inTransaction(pool, (client) => relayRound(client, publisher));
    for (const event of round.aside) onSetAside?.(event);
    sent += round.sent;
    if (round.taken < batchRows) return sent;
  }
}

async function relayRound(client: PoolClient, publisher: Relay['publisher']) {
  await client.query(`select lane from event_outbox_lane where lane = 'all' for update`);
  const { rows } = await client.query<OutboxRow>(takeSql);
  const { sent, refused } = await sendInKeyOrder(rows, (group) => publisher.send(group));
  await client.query(removeSql, [int8Array(sent.map(({ position }) => position))]);
  return { taken: rows.length, sent: sent.length, aside: await setAside(client, 'event_outbox', refused) };
}
