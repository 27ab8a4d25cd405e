import type { Turns } from './turns.ts';
import { message } from './wire.ts';

/** The engine has no background processes: checkpoints and vacuum happen here, in the gaps between transactions. */
export interface Maintenance {
  /** One round of what the timer does. */
  run(): Promise<void>;
  stop(): void;
}

const everyMs = 5000;
const walBytesPerCheckpoint = 128 * 1024 * 1024;
/** Looking costs a few milliseconds where a database has thousands of partitions: not for a handful of statements. */
const unitsPerLook = 2000;

/**
 * Name of the table that has most dead rows, its overflow counted in, among those where they are more than a fifth of the live
 * ones, which is PostgreSQL's own measure for automatic vacuum. Dead rows of few updates are reused within their page
 * anyway (fill factors leave room); vacuum is for what that cannot reach.
 */
const bloatedSql = `
  select format('%I.%I', n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace,
    lateral (select pg_stat_get_dead_tuples(c.oid) + coalesce(pg_stat_get_dead_tuples(c.reltoastrelid), 0) as dead,
                    greatest(pg_stat_get_live_tuples(c.oid), c.reltuples) as live) as rows
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname <> 'information_schema'
    and dead > 1000 and dead > 0.2 * live
  order by dead desc, c.oid limit 1`;

/** Counts reach the statistics about once a second otherwise, and only when the engine thinks itself idle. */
const flushSql = 'select pg_stat_force_next_flush()';

const errorType = 0x45;
/** No client has this number. */
const ownConnection = 0;

/** Text of the first column of the first row in a simple query's answer; null when there is none. */
export function firstValue(answer: Buffer): string | null {
  let at = 0;
  while (at + 5 <= answer.length) {
    const length = answer.readInt32BE(at + 1);
    if (answer[at] === 0x44) {
      const size = answer.readInt32BE(at + 7);
      return size < 0 ? null : answer.toString('utf8', at + 11, at + 11 + size);
    }
    at += 1 + length;
  }
  return null;
}

/** Runs one statement between the clients' transactions. */
function statement(turns: Turns, sql: string): Promise<Buffer> {
  const answers: Buffer[] = [];
  return new Promise((resolve, reject) => {
    turns.enqueue(ownConnection, {
      bytes: message('Q', sql),
      write: (answer) => answers.push(answer),
      done: (error) => {
        const answer = Buffer.concat(answers);
        if (error !== null) reject(error);
        else if (answer[0] === errorType)
          reject(new Error(`"${sql}": ${answer.toString('utf8', 5).replaceAll('\0', ' ')}`));
        else resolve(answer);
      },
    });
  });
}

export function startMaintenance(turns: Turns, log: (message: string) => void): Maintenance {
  let checkpointAt = 0;
  let lookedAtUnits = 0;
  let running = false;

  const maintain = async () => {
    const at = Number(firstValue(await statement(turns, "select pg_current_wal_insert_lsn() - '0/0'")) ?? 0);
    if (at - checkpointAt >= walBytesPerCheckpoint) {
      await statement(turns, 'checkpoint');
      checkpointAt = at;
    }
    if (turns.unitsRun - lookedAtUnits < unitsPerLook) return;
    await statement(turns, flushSql);
    const table = firstValue(await statement(turns, bloatedSql));
    // One table a round, so that clients wait for one at most; the next round looks for another.
    if (table === null) lookedAtUnits = turns.unitsRun;
    else await statement(turns, `vacuum ${table}`);
  };

  const timer = setInterval(() => {
    if (running) return;
    running = true;
    maintain()
      .catch((error: unknown) => log(`maintenance failed: ${String(error)}`))
      .finally(() => {
        running = false;
      });
  }, everyMs);
  return { run: maintain, stop: () => clearInterval(timer) };
}
