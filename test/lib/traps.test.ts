import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'decisions');
const page = readFileSync(join(folder, '0015-traps.md'), 'utf8');

/** Rows of the table: number, and the files that are said to catch the trap. */
const rows = [...page.matchAll(/^\| (\d+) \| .+ \| (.+) \|$/gm)].map(([, number = '', files = '']) => ({
  number: Number(number),
  files: [...files.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => join(folder, path)),
}));

describe('the page of traps', () => {
  test('has every one of the 23, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 23 }, (_, index) => index + 1));
  });

  test.each(rows)('names for trap $number files with a test of that name', ({ number, files }) => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(files.filter((file) => !readFileSync(file, 'utf8').includes(`trap ${number}:`))).toEqual([]);
  });
});
