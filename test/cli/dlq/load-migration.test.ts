import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadMigration } from '../../../src/cli/dlq/load-migration.ts';
import type { LetterToMigrate } from '../../../src/core/redrive/migration.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

let files = 0;
function fileOf(source: string): string {
  files += 1;
  const path = join(folder.path, `migration-${files}.ts`);
  writeFileSync(path, source);
  return path;
}

const letter = { id: 'l-1', value: { speedKmh: 3 } } as unknown as LetterToMigrate;

describe('a migration file', () => {
  test('is TypeScript that Node runs as it is, and is known by its checksum', async () => {
    const path = fileOf(`import type { Migrate } from 'nowhere';
      export const migrate: Migrate<'VehicleTelemetry'> = ({ value }) => ({ ...value!, speedKmh: 4 as number }) as never;`);
    const transform = await loadMigration(path);
    expect(transform.name).toMatch(/migration-1\.ts sha256:[0-9a-f]{12}$/);
    expect(transform.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(transform.apply(letter)).toEqual({ value: { speedKmh: 4 }, plain: false });
  });

  test('may leave letters out', async () => {
    const transform = await loadMigration(fileOf('export const migrate = () => null;'));
    expect(transform.apply(letter)).toBeNull();
  });

  test.each([
    ['throws', `() => { throw new RangeError('no') }`, 'it threw RangeError: no'],
    ['answers later', 'async () => ({})', 'it returned a promise'],
    ['answers no value', '() => 3', 'it returned number'],
  ])('that %s fails for the letter', async (_name, body, said) => {
    const transform = await loadMigration(fileOf(`export const migrate = ${body};`));
    expect(() => transform.apply(letter)).toThrow(said);
  });

  test.each([
    ['exports another name', 'export const fix = () => null;', 'exports fix, wanted is a function named migrate'],
    ['cannot be parsed', 'export const migrate = (=> null;', 'migration'],
    [
      'needs a module that is absent',
      `import { x } from 'no-such-module'; export const migrate = () => x;`,
      'no-such-module',
    ],
  ])('that %s is refused before any letter is looked at', async (_name, source, said) => {
    await expect(loadMigration(fileOf(source))).rejects.toMatchObject({
      code: 'EVENTBUS_DLQ_MIGRATION_INVALID',
      message: expect.stringContaining(said),
    });
  });

  test('that does not exist is said to be unreadable', async () => {
    await expect(loadMigration(join(folder.path, 'absent.ts'))).rejects.toMatchObject({
      code: 'EVENTBUS_CLI_FILE_UNREADABLE',
    });
  });
});
