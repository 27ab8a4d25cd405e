import type { AppError } from '../core/errors/app-error.ts';
import { int8Array, textArray } from './binary-array.ts';
import type { PoolClient } from './pool.ts';
import { storableText } from './storable-text.ts';

/** The tables of events on their way to the log: the shop's, and that of the consumers. */
export const outboxTables = ['outbox', 'event_outbox'] as const;

export type OutboxTable = (typeof outboxTables)[number];

/**
 * SQL condition on a row `o`: not put aside, or due to be offered again, and behind no event of its topic and key that is
 * put aside.
 */
export function mayGo(table: OutboxTable): string {
  return `(o.retry_at is null or o.retry_at <= now()) and not exists (
    select from ${table} b
    where b.retry_at > now() and b.topic = o.topic and b.key = o.key and b.position < o.position)`;
}

/** Largest value that goes to the log together with others, bytes; a larger one might be refused. */
const commonBytes = 256 * 1024;

/** SQL of the column `risky` of a row `o`, for `sendInKeyOrder`. A topic that was missing refuses nothing by halves. */
export function riskyColumn(table: OutboxTable): string {
  const value = table === 'outbox' ? 'o.value::text' : 'o.value';
  return `(o.refusals > 0 and o.code <> 'EVENTBUS_KAFKA_TOPIC_UNKNOWN' or octet_length(${value}) > ${commonBytes}) as risky`;
}

/** An event that is put aside, for whoever looks after the bus. */
export interface SetAside {
  readonly outbox: OutboxTable;
  readonly position: number;
  readonly topic: string;
  readonly failure: AppError;
}

export interface RefusedRow {
  readonly item: { readonly position: number; readonly topic: string };
  readonly failure: AppError;
}

/** Puts events aside that the log refuses: for a minute first, then for longer, ten minutes at most. */
export async function setAside(
  client: Pick<PoolClient, 'query'>,
  table: OutboxTable,
  refused: readonly RefusedRow[],
): Promise<readonly SetAside[]> {
  if (refused.length === 0) return [];
  await client.query(
    `update ${table} o set refusals = o.refusals + 1, code = r.code, reason = r.reason,
       set_aside_at = coalesce(o.set_aside_at, now()),
       retry_at = now() + least(power(2, least(o.refusals, 4)), 10) * interval '1 minute'
     from unnest($1::bigint[], $2::text[], $3::text[]) as r(position, code, reason) where o.position = r.position`,
    [
      int8Array(refused.map(({ item }) => item.position)),
      textArray(refused.map(({ failure }) => failure.code)),
      textArray(refused.map(({ failure }) => storableText(failure.message))),
    ],
  );
  return refused.map(({ item, failure }) => ({ outbox: table, position: item.position, topic: item.topic, failure }));
}

/** Tells a log of events that were put aside; not their values, nor why, which may quote them. */
export function tellOfSetAside(log: { error(fields: object, message: string): void }) {
  return ({ outbox, position, topic, failure }: SetAside): void => {
    const fields = { outbox, position, topic, code: failure.code };
    log.error(fields, 'an event cannot be published and is put aside; "event-bus outbox list" says why');
  };
}
