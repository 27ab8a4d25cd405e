import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';
import type { Transform } from '../../services/dead-letters/letter-record.ts';
import { type MigrationSource, migrationTransform } from '../../services/dead-letters/migration-transform.ts';

/**
 * Loads a file that exports `migrate`; Node strips its types, so imports of types cost nothing and need not resolve.
 * @throws AppError EVENTBUS_CLI_FILE_UNREADABLE, EVENTBUS_DLQ_MIGRATION_INVALID
 */
export async function loadMigration(path: string): Promise<Transform> {
  const file = resolve(path);
  const checksum = createHash('sha256').update(sourceOf(file, path)).digest('hex');
  const module = await imported(file, path);
  const migrate = 'migrate' in module ? module.migrate : undefined;
  if (typeof migrate !== 'function') {
    const names = Object.keys(module).join(', ');
    throw invalid(`"${path}" exports ${names === '' ? 'nothing' : names}, wanted is a function named migrate`);
  }
  return migrationTransform({
    name: relative(process.cwd(), file),
    checksum,
    migrate: migrate as MigrationSource['migrate'],
  });
}

function sourceOf(file: string, path: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new AppError('EVENTBUS_CLI_FILE_UNREADABLE', `"${path}" ${reason}`, { cause });
  }
}

async function imported(file: string, path: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (cause) {
    throw invalid(`"${path}": ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_DLQ_MIGRATION_INVALID', what, { cause });
}
