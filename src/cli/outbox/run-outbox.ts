import type { Pool } from '../../postgres/pool.ts';
import { discard, offerAgain, type SetAsideEvent, setAsideEvents } from '../../services/outbox/set-aside-desk.ts';
import { withDatabase } from '../bus-database.ts';
import type { DatabaseFlags } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';

/** Prints what is put aside; returns the exit code: 1 when there is something. */
export async function runOutboxList(flags: DatabaseFlags & { readonly limit: number }): Promise<number> {
  const events = await using(flags, (pool) => setAsideEvents(pool, flags.limit));
  process.stdout.write(flags.json ? `${JSON.stringify({ events })}\n` : outboxText(events));
  return events.length > 0 ? exitCodes.finding : exitCodes.ok;
}

/** Has events offered again; returns the exit code. */
export async function runOutboxRetry(id: string | null, flags: DatabaseFlags): Promise<number> {
  const offered = await using(flags, (pool) => offerAgain(pool, id));
  const text = `${offered} to be offered again with the next round; "event-bus outbox list" shows what is refused again\n`;
  process.stdout.write(flags.json ? `${JSON.stringify({ offered })}\n` : text);
  return exitCodes.ok;
}

/** Takes an event out for good; returns the exit code. */
export async function runOutboxDiscard(id: string, flags: DatabaseFlags & { readonly why: string }): Promise<number> {
  await using(flags, (pool) => discard(pool, id, flags.why));
  process.stdout.write(flags.json ? `${JSON.stringify({ discarded: id })}\n` : `${id} is in discarded_event now\n`);
  return exitCodes.ok;
}

function using<T>(flags: DatabaseFlags, work: (pool: Pool) => Promise<T>): Promise<T> {
  return withDatabase(flags, { applicationName: 'event-bus-outbox', max: 1 }, work);
}

const shown = (time: string) => time.replace('T', ' ').slice(0, 19);

/** The list for people: a line each, then why. */
export function outboxText(events: readonly SetAsideEvent[]): string {
  if (events.length === 0) return 'the log has refused nothing that waits\n';
  const rows = events.map(({ id, topic, key, since, refusals, retryAt, held }) => {
    return [id, topic, key, shown(since), refusals, shown(retryAt), held];
  });
  const head = ['event', 'topic', 'key', 'refused since', 'times', 'offered again', 'wait behind it'];
  const reasons = events.map(({ id, reason }) => `${id}: ${reason}`);
  return `${table(head, rows)}\n\n${reasons.join('\n')}\n`;
}
