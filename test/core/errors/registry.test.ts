import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { errorRegistry } from '../../../src/core/errors/registry.ts';

const root = join(import.meta.dirname, '..', '..', '..');

function sources(): string {
  const files = ['src', 'lambdas', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  );
  const code = files.filter((file) => file.endsWith('.ts') && !file.endsWith('-errors.ts'));
  return code.map((file) => readFileSync(file, 'utf8')).join();
}

test('every code is given by some part of the program', () => {
  const text = sources();
  expect(Object.keys(errorRegistry).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

test('every entry says what happened in the words of a sentence, and ends its way out with a full stop', () => {
  const ill = Object.entries(errorRegistry).filter(
    ([, { summary, remedy }]) => summary.length < 10 || summary.endsWith('.') || !/^[A-Z].{10,}\.$/su.test(remedy),
  );
  expect(ill).toEqual([]);
});
