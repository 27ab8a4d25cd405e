import { type Migration, readMigrations } from '../../postgres/migrate.ts';
import { makePool, onConnection, type PoolClient } from '../../postgres/pool.ts';
import { type Check, type Finding, fail, ok } from './finding.ts';

const name = 'PostgreSQL';

/** The database answers and has every migration. */
export function postgresCheck(url: string): Check {
  const run = async (): Promise<readonly Finding[]> => {
    const pool = makePool(url, { max: 1, connectTimeoutMs: 3000, applicationName: 'event-bus-doctor' });
    try {
      return await onConnection(pool, async (client) => {
        await client.query('select 1');
        const findings = migrationFindings(await readMigrations(), await appliedMigrations(client));
        return [ok(name, `${withoutPassword(url)} answers`), ...findings];
      });
    } finally {
      await pool.end();
    }
  };
  return { name, run };
}

interface Applied {
  readonly name: string;
  readonly checksum: string;
}

async function appliedMigrations(client: PoolClient): Promise<readonly Applied[]> {
  const { rows } = await client.query<{ known: string | null }>(
    "select to_regclass('schema_migration')::text as known",
  );
  if (rows[0]?.known === null) return [];
  return (await client.query<Applied>('select name, checksum from schema_migration order by name')).rows;
}

/** What is wrong with the tables, by the record of what was applied. */
export function migrationFindings(
  wanted: readonly Pick<Migration, 'name' | 'checksum'>[],
  applied: readonly Applied[],
): readonly Finding[] {
  const known = new Map(applied.map((migration) => [migration.name, migration.checksum]));
  const missing = wanted.filter((migration) => !known.has(migration.name)).map((migration) => migration.name);
  const changed = wanted
    .filter((migration) => (known.get(migration.name) ?? migration.checksum) !== migration.checksum)
    .map((migration) => migration.name);
  const start = 'Start the bus on this database once: it applies them.';
  const restore = 'Restore the released files: an applied migration is never edited; a change is a new file.';
  const findings = [
    ...(missing.length === 0 ? [] : [fail('migrations', `not applied: ${missing.join(', ')}`, start)]),
    ...(changed.length === 0
      ? []
      : [fail('migrations', `changed since they were applied: ${changed.join(', ')}`, restore)]),
  ];
  return findings.length > 0 ? findings : [ok('migrations', `all ${wanted.length} are applied`)];
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':***@');
}
