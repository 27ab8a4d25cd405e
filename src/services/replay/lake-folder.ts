import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { objectStoreFromUrl } from '../../ports/object-store/object-store.from-url.ts';

/** A lake on this machine's disk. */
export interface LakeFolder {
  /** Holds `bronze`. */
  readonly path: string;
  /** Removes what was fetched. */
  remove(): void;
}

/**
 * The lake's folder; of a lake in S3 (`s3://BUCKET/PREFIX`) the bronze files of the topics are fetched first.
 * @throws AppError EVENTBUS_OBJECT_STORE_UNAVAILABLE, EVENTBUS_OBJECT_STORE_URL
 */
export async function lakeFolder(lake: string, topics: readonly string[]): Promise<LakeFolder> {
  if (!lake.includes('://')) return { path: lake, remove: () => {} };
  const path = mkdtempSync(join(tmpdir(), 'event-bus-lake-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  const store = objectStoreFromUrl(lake);
  try {
    for (const topic of topics) {
      for await (const { key } of store.list(`bronze/topic=${topic}/`)) {
        const bytes = await store.get(key);
        if (bytes === null || !key.endsWith('.parquet')) continue;
        const file = join(path, key);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
      }
    }
    return { path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
