import { warehouse } from '../../catalogue/database.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { RunStatement } from './redshift-statements.ts';

export interface LoaderAccess {
  /** IAM role that the loader runs under; Redshift derives the loader's user from its name. */
  readonly loaderRole: string;
  /** ARN of the role of the namespace that COPY reads the lake with. */
  readonly copyRoleArn: string;
}

/** User that Redshift Serverless signs a role in as. */
export function databaseUserOf(roleName: string): string {
  return `IAMR:${roleName}`;
}

const schemas = [warehouse.stagingSchema, warehouse.goldSchema];

/**
 * Gives the loader what it needs in a warehouse and nothing more: two schemas, and the right to COPY with the one role
 * that reads the lake, which nobody else keeps. Safe to repeat.
 * @param run - signed in as the administrator
 * @throws AppError EVENTBUS_WAREHOUSE_STATEMENT_FAILED and what `run` throws
 */
export async function grantLoaderAccess(run: RunStatement, { loaderRole, copyRoleArn }: LoaderAccess): Promise<void> {
  const user = databaseUserOf(checked(loaderRole, /^[\w+=,.@-]{1,64}$/));
  const copyRole = checked(copyRoleArn, /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/);
  const known = await run('select 1 from pg_user where usename = :user', { user });
  if (known === 0) await run(`create user "${user}" password disable`);
  for (const schema of schemas) {
    await run(`create schema if not exists ${schema}`);
    await run(`grant usage, create on schema ${schema} to "${user}"`);
    await run(`grant select, insert, update, delete on all tables in schema ${schema} to "${user}"`);
  }
  // Everyone may use every role of a namespace until this is taken back.
  await run('revoke assumerole on all from public for all');
  await run(`grant assumerole on '${copyRole}' to "${user}" for copy`);
}

/** Names cannot be bound as parameters, so only what needs no quoting gets into a statement. */
function checked(name: string, allowed: RegExp): string {
  if (allowed.test(name)) return name;
  throw new AppError('EVENTBUS_WAREHOUSE_STATEMENT_FAILED', `"${name}" cannot stand in a statement`);
}
