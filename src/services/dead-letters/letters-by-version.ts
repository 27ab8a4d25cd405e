import { onConnection, type Pool } from '../../postgres/pool.ts';

/** Letters that wait, by the schema version of their values. */
export interface VersionCount {
  readonly topic: string;
  /** `<Subject>/v<n>`, or the id in the frame where no version has it. */
  readonly schemaVersion: string;
  readonly letters: number;
}

/** Counts the letters that are open or being redriven and say which version they were written with. */
export async function lettersByVersion(pool: Pool): Promise<readonly VersionCount[]> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<VersionCount>(
      `select topic, schema_version as "schemaVersion", count(*)::integer as letters from dead_letter
       where status in ('open', 'redriving') and schema_version is not null
       group by topic, schema_version order by schema_version, topic`,
    ),
  );
  return rows;
}
