import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimDataDirectory } from '../../../src/local/platform/data-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-directory-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('the data directory', () => {
  test('is created and claimed, and free again after the release', () => {
    const directory = join(parent, 'a', 'b');
    const lock = claimDataDirectory(directory);
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
    claimDataDirectory(directory).release();
  });

  test('is refused while another process runs on it', () => {
    writeFileSync(join(parent, 'lock'), `${process.ppid}\n`);
    expect(() => claimDataDirectory(parent)).toThrow(
      expect.objectContaining({ code: 'EVENTBUS_LOCAL_DATA_DIR_IN_USE', message: expect.stringContaining(parent) }),
    );
  });

  test('is taken over from a process that was killed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(parent, 'lock'), `${pid}\n`);
    const lock = claimDataDirectory(parent);
    expect(readFileSync(join(parent, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
  });

  test('is refused with the way out when it cannot be created', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => claimDataDirectory(join(parent, 'file', 'below'))).toThrow(/--data-dir/);
  });
});
