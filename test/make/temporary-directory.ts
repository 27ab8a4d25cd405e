import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder that `remove` deletes with everything in it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-bus-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
