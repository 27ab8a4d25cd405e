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
/** Dead rows are reused within a page anyway (fill factors leave room); this is for what that cannot reach. */
const unitsPerVacuum = 20_000;
const hotTables = [
  'consumer_position',
  'consumer_state',
  'device',
  'reading_window',
  'availability',
  'event_stream',
  'outbox',
  'outbox_lease',
  'saga_instance',
] as const;
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
  let vacuumAtUnits = 0;
  let nextTable = 0;
  let running = false;

  const maintain = async () => {
    const at = Number(firstValue(await statement(turns, "select pg_current_wal_insert_lsn() - '0/0'")) ?? 0);
    if (at - checkpointAt >= walBytesPerCheckpoint) {
      await statement(turns, 'checkpoint');
      checkpointAt = at;
    }
    if (turns.unitsRun - vacuumAtUnits < unitsPerVacuum) return;
    const table = hotTables[nextTable] as string;
    nextTable = (nextTable + 1) % hotTables.length;
    if (nextTable === 0) vacuumAtUnits = turns.unitsRun;
    const found = firstValue(await statement(turns, `select to_regclass('${table}')`));
    if (found !== null) await statement(turns, `vacuum ${table}`);
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
