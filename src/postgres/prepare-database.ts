import { AppError } from '../core/errors/app-error.ts';
import { migrate } from './migrate.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';

/** What a preparation changed. */
export interface PreparedDatabase {
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
}

/** Any number that no other program of the same database takes for its own lock. */
const lockKey = 4_207_319_004;

/**
 * Brings a database to the state that functions and services of this version need: every migration applied, and the
 * role that they sign in as, with rights on rows and none on tables. Safe to repeat, and to run while the functions of the
 * version before are still at work, as long as migrations expand first and contract a release later.
 * @param pool - signed in as the owner of the tables
 * @param application - the role that functions and services sign in as; made when it is missing
 * @throws AppError of the area POSTGRES
 */
export async function prepareDatabase(pool: Pool, application: string): Promise<PreparedDatabase> {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(application)) {
    throw new AppError(
      'EVENTBUS_POSTGRES_DATA_REJECTED',
      `"${application}" cannot be a role: small letters, digits and _, 63 at most`,
    );
  }
  const applied = await migrate(pool);
  await inTransaction(pool, (client) => grantRows(client, application));
  return { applied };
}

async function grantRows(client: PoolClient, role: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [lockKey]);
  await client.query(roleSql(role));
  await client.query(grantsSql(role));
}

/** Only Aurora and RDS know `rds_iam`; whoever has it signs in with tokens and never with a password. */
function roleSql(role: string): string {
  return `do $$
    begin
      if not exists (select from pg_roles where rolname = '${role}') then
        create role ${role} login;
      end if;
      if exists (select from pg_roles where rolname = 'rds_iam') and not pg_has_role('${role}', 'rds_iam', 'member') then
        grant rds_iam to ${role};
      end if;
    end $$`;
}

/**
 * Rights on a partitioned table count for rows that are reached through it, so its partitions, thousands of them,
 * need none of their own. The list of applied migrations is nobody's to change but the owner's.
 */
function grantsSql(role: string): string {
  return `do $$
    declare
      target record;
    begin
      execute format('revoke temporary on database %I from public', current_database());
      execute format('grant usage on schema %I to ${role}', current_schema());
      for target in
        select c.relname as name, c.relkind as kind
        from pg_class c
        where c.relnamespace = current_schema()::regnamespace
          and c.relkind in ('r', 'p', 'v', 'm', 'S') and not c.relispartition and c.relname <> 'schema_migration'
      loop
        if target.kind in ('r', 'p') then
          execute format('grant select, insert, update, delete on %I.%I to ${role}', current_schema(), target.name);
        elsif target.kind = 'S' then
          execute format('grant usage on sequence %I.%I to ${role}', current_schema(), target.name);
        else
          execute format('grant select on %I.%I to ${role}', current_schema(), target.name);
        end if;
      end loop;
      execute format('grant select on %I.schema_migration to ${role}', current_schema());
      execute format('grant execute on all functions in schema %I to ${role}', current_schema());
    end $$`;
}
