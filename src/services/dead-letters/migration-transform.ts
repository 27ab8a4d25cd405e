import { types } from 'node:util';
import { AppError } from '../../core/errors/app-error.ts';
import type { LetterToMigrate } from '../../core/redrive/migration.ts';
import type { Transform } from './letter-record.ts';

/** A migration function and where it comes from. */
export interface MigrationSource {
  readonly name: string;
  /** SHA-256 of the source, hex. */
  readonly checksum: string;
  readonly migrate: (letter: LetterToMigrate) => unknown;
}

/** Changes letters by a function; what it throws refuses the letter. */
export function migrationTransform({ name, checksum, migrate }: MigrationSource): Transform {
  return {
    name: `${name} sha256:${checksum.slice(0, 12)}`,
    checksum,
    apply(letter) {
      const value = called(migrate, letter);
      if (value === null) return null;
      if (typeof value !== 'object' || types.isPromise(value)) {
        const got = types.isPromise(value) ? 'a promise' : typeof value;
        throw new AppError('EVENTBUS_DLQ_MIGRATION_FAILED', `it returned ${got}, allowed is a value or null`);
      }
      return { value, plain: false };
    },
  };
}

function called(migrate: MigrationSource['migrate'], letter: LetterToMigrate): unknown {
  try {
    return migrate(letter);
  } catch (cause) {
    const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new AppError('EVENTBUS_DLQ_MIGRATION_FAILED', `it threw ${message}`, { cause });
  }
}
