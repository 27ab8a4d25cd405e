import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../../catalogue/events.generated.ts';
import type { EventPublisher, OutgoingEvent } from '../../kafka/publisher.ts';
import { sendInKeyOrder } from '../../kafka/send-in-key-order.ts';
import { int8Array } from '../../postgres/binary-array.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { mayGo, riskyColumn, type SetAside, setAside } from '../../postgres/set-aside.ts';

/** Publishes what commands have left in the outbox. */
export interface OutboxPublisher {
  /**
   * Publishes until the outbox is empty, or leaves that to whoever is at it.
   * @returns how many events this call published
   */
  publishAll(): Promise<number>;
  /** The same without failing and without waiting for a slow cluster: what is not done then is done by the sweep. */
  publishSoon(): Promise<void>;
}

export interface OutboxPublisherOptions {
  readonly pool: Pool;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  /** Events of one round. @default 500 */
  readonly batchSize?: number;
  /** Time after which a publisher that says nothing counts as dead, ms. @default 10000 */
  readonly leaseMs?: number;
  /** How long `publishSoon` waits at most, ms. @default 1000 */
  readonly patienceMs?: number;
  /** Told why `publishSoon` could not publish. @default nobody */
  readonly onFailure?: (error: unknown) => void;
  /** Told of each event that is put aside because the log refuses it. @default nobody */
  readonly onSetAside?: ((event: SetAside) => void) | undefined;
}

/**
 * Takes or renews the lease and reads the next events that may go, in one statement. No row: somebody else publishes. Events of an
 * aggregate get their positions one transaction after the other, so that positions keep their order; a transaction that
 * commits late is found in the next round, because what is published is removed and nothing is skipped.
 */
const takeSql = `
  with lease as (
    update outbox_lease set holder = $1, until = now() + $2 * interval '1 millisecond'
    where name = 'outbox' and (holder is null or holder = $1 or until < now()) returning wanted)
  select lease.wanted, o.position, o.event_id, o.topic, o.key, o.subject, o.event_type, o.source, o.at, o.value,
    ${riskyColumn('outbox')}
  from lease left join lateral (
    select * from outbox o where ${mayGo('outbox')} order by o.position limit $3) o on true
  order by o.position`;

/** Tells the holder of the lease that there is more. No row: it has ended meanwhile. */
const wantSql = `
  update outbox_lease set wanted = wanted + 1
  where name = 'outbox' and holder is not null and until >= now() returning wanted`;

/** Ends the turn, unless somebody has asked for more since the outbox was read. */
const releaseSql = `
  update outbox_lease set holder = null where name = 'outbox' and holder = $1 and wanted = $2 returning wanted`;

const giveUpSql = `update outbox_lease set holder = null where name = 'outbox' and holder = $1`;

const removeSql = 'delete from outbox where position = any($1::bigint[])';

interface OutboxRow {
  readonly wanted: number;
  readonly position: number;
  readonly event_id: string;
  readonly topic: string;
  readonly key: string;
  readonly subject: string;
  readonly event_type: string;
  readonly source: string;
  readonly at: Date;
  readonly value: object;
  readonly risky: boolean;
}

/** The one row of an outbox in which nothing may go. */
type NoRow = { readonly wanted: number; readonly position: null };

/**
 * Makes a publisher of the outbox. Among all that share a database one publishes at a time; the others leave word and
 * go. Rows are removed after the cluster's acknowledgement, so a crash in between publishes them again, with the same
 * event ids and in the same order. An event that the log refuses is put aside and offered again later; events of its key
 * wait behind it, all others go on. Nothing is put aside while the cluster is away.
 */
export function makeOutboxPublisher(options: OutboxPublisherOptions): OutboxPublisher {
  const { pool, publisher, batchSize = 500, leaseMs = 10_000, patienceMs = 1_000, onFailure, onSetAside } = options;
  const query = async <Row extends object>(text: string, values: unknown[]): Promise<readonly Row[]> => {
    const { rows } = await onConnection(pool, (client) => client.query<Row>(text, values));
    return rows;
  };
  const round = async (holder: string): Promise<Round> => {
    const rows = await query<OutboxRow | NoRow>(takeSql, [holder, leaseMs, batchSize]);
    const [first] = rows;
    if (first === undefined) {
      return (await query(wantSql, [])).length > 0 ? { published: 0, over: true } : { published: 0, over: false };
    }
    const events = rows.filter((row) => row.position !== null);
    if (events.length === 0) {
      return { published: 0, over: (await query(releaseSql, [holder, first.wanted])).length > 0 };
    }
    const { sent, refused } = await sendInKeyOrder(events, (group) => publisher.publish(group.map(eventOf)));
    await query(removeSql, [int8Array(sent.map(({ position }) => position))]);
    const aside = await onConnection(pool, (client) => setAside(client, 'outbox', refused));
    for (const event of aside) onSetAside?.(event);
    return { published: sent.length, over: false };
  };
  const publishAll = async (): Promise<number> => {
    const holder = randomUUID();
    let published = 0;
    try {
      for (;;) {
        const { published: count, over } = await round(holder);
        published += count;
        if (over) return published;
      }
    } catch (error) {
      // The next one need not wait for the lease to run out.
      await query(giveUpSql, [holder]).catch(() => undefined);
      throw error;
    }
  };
  return {
    publishAll,
    publishSoon: async () => {
      const published = publishAll().then(
        () => undefined,
        (error: unknown) => onFailure?.(error),
      );
      await Promise.race([published, sleep(patienceMs, undefined, { ref: false })]);
    },
  };
}

interface Round {
  readonly published: number;
  /** Whether this publisher has nothing more to do. */
  readonly over: boolean;
}

/** Values were checked before they were stored; the publisher checks them again, because schemas and limits change. */
function eventOf({ event_id, topic, key, subject, event_type, source, at, value }: OutboxRow): OutgoingEvent {
  return {
    topic,
    key,
    subject: subject as Subject,
    value: value as OutgoingEvent['value'],
    event: { id: event_id, source, type: event_type, time: at.toISOString(), subject: key },
  };
}
