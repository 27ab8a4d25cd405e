import { makePool, onConnection } from '../../postgres/pool.ts';
import { type Check, type Finding, ok, warn } from './finding.ts';

const name = 'dead letters';

interface OpenLetters {
  readonly consumer: string;
  readonly letters: number;
  readonly groups: number;
}

/** Letters that nobody has dealt with yet. */
export function lettersCheck(url: string): Check {
  const run = async (): Promise<readonly Finding[]> => {
    const pool = makePool(url, { max: 1, connectTimeoutMs: 3000, applicationName: 'event-bus-doctor' });
    try {
      const { rows } = await onConnection(pool, (client) =>
        client.query<OpenLetters>(
          `select consumer, count(*) as letters, count(distinct group_id) as groups from dead_letter
           where status = 'open' group by consumer order by consumer`,
        ),
      );
      return letterFindings(rows);
    } finally {
      await pool.end();
    }
  };
  return { name, run };
}

/** Open letters of each consumer as findings. */
export function letterFindings(open: readonly OpenLetters[]): readonly Finding[] {
  if (open.length === 0) return [ok(name, 'none open')];
  return open.map(({ consumer, letters, groups }) => {
    const causes = `${groups} ${groups === 1 ? 'cause' : 'causes'}`;
    const message = `${letters.toLocaleString('en-US')} of ${consumer} are open, of ${causes}`;
    return warn(
      name,
      message,
      `See why with "event-bus dlq list --consumer ${consumer}", then redrive or discard them.`,
    );
  });
}
