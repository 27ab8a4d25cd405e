import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';

const folder = join(import.meta.dirname, 'snapshots');

/** Whether Jest was started with `-u`, which accepts what is there now. */
function accepts(): boolean {
  const { snapshotState } = expect.getState() as { readonly snapshotState?: { readonly _updateSnapshot?: string } };
  return snapshotState?._updateSnapshot === 'all';
}

/** Holds a text to a file of its own below `snapshots`, which a reviewer reads; `-u` writes it. */
export function expectToMatchFile(name: string, text: string): void {
  const path = join(folder, name);
  if (accepts() || !existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** Names of the files that are held. */
export const snapshotFolder = folder;
