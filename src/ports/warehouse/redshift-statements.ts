import { setTimeout as delay } from 'node:timers/promises';
import type { RedshiftDataClient, SqlParameter } from '@aws-sdk/client-redshift-data';
import { AppError } from '../../core/errors/app-error.ts';
import { boundedRequests } from '../bounded-requests.ts';

/** Where statements run, and as whom. */
export interface RedshiftTarget {
  readonly workgroup: string;
  readonly database: string;
  /**
   * Secret of a user of the database.
   * @default - the user that Redshift derives from the caller's role
   */
  readonly secretArn?: string;
}

export interface RedshiftStatementsOptions {
  /** @default a client that takes region and credentials from the environment, as the SDK does */
  readonly client?: Pick<RedshiftDataClient, 'send'>;
  /** Pause between two questions whether a statement has ended, ms. @default 500 */
  readonly pollMs?: number;
}

/** Runs one statement to its end and tells how many rows it found or changed. */
export type RunStatement = (sql: string, parameters?: Readonly<Record<string, string>>) => Promise<number>;

/** @throws AppError EVENTBUS_WAREHOUSE_URL */
export function redshiftTarget(url: string): RedshiftTarget {
  const [, workgroup, database] = /^redshift:\/\/([a-z0-9-]{3,64})\/([a-z_][a-z0-9_]{0,63})$/.exec(url) ?? [];
  if (workgroup === undefined || database === undefined) throw new AppError('EVENTBUS_WAREHOUSE_URL', `got "${url}"`);
  return { workgroup, database };
}

/**
 * Statements through the Data API of Redshift Serverless: no connection, no address in the network. The SDK is loaded
 * with the first statement.
 * @returns a function that throws AppError EVENTBUS_WAREHOUSE_UNAVAILABLE or _STATEMENT_FAILED
 */
export function redshiftStatements(target: RedshiftTarget, options: RedshiftStatementsOptions = {}): RunStatement {
  return async (sql, parameters = {}) => {
    const sdk = await import('@aws-sdk/client-redshift-data');
    const client = options.client ?? new sdk.RedshiftDataClient(boundedRequests);
    const Parameters: SqlParameter[] = Object.entries(parameters).map(([name, value]) => ({ name, value }));
    const started = await client
      .send(
        new sdk.ExecuteStatementCommand({
          WorkgroupName: target.workgroup,
          Database: target.database,
          Sql: sql,
          ...(target.secretArn === undefined ? {} : { SecretArn: target.secretArn }),
          ...(Parameters.length === 0 ? {} : { Parameters }),
        }),
      )
      .catch(unavailable(target));
    for (;;) {
      const ended = await client.send(new sdk.DescribeStatementCommand({ Id: started.Id })).catch(unavailable(target));
      if (ended.Status === 'FINISHED') return ended.ResultRows ?? 0;
      if (ended.Status === 'FAILED' || ended.Status === 'ABORTED') {
        const reason = ended.Error ?? ended.Status.toLowerCase();
        throw new AppError('EVENTBUS_WAREHOUSE_STATEMENT_FAILED', `${reason}, in: ${sql}`);
      }
      await delay(options.pollMs ?? 500);
    }
  };
}

function unavailable({ workgroup }: RedshiftTarget): (cause: unknown) => never {
  return (cause) => {
    const why = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
    throw new AppError('EVENTBUS_WAREHOUSE_UNAVAILABLE', `workgroup ${workgroup}: ${why}`, { cause });
  };
}
