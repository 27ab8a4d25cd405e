import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import { keyParts } from './object-key.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

/** Unfinished files lie here; no key leads to it, because a dot at the start of a part is written in another way. */
const unfinishedFolder = '.unfinished';
/** Older unfinished files were left by a program that was killed. */
const abandonedMs = 3_600_000;
const maxRounds = 5;

export interface FolderObjectStoreOptions {
  /** Folder of the objects; made with the first one. */
  readonly directory: string;
}

/**
 * Objects as files of one folder, readable under their keys. A file is written and synced under another name and then
 * renamed, so that a program that is killed leaves the old object or the new one. Several programs may use the folder.
 */
export function makeFolderObjectStore({ directory }: FolderObjectStoreOptions): ObjectStore {
  const root = resolve(directory);
  let prepared: Promise<void> | undefined;
  const fileOf = (key: string) => join(root, ...keyParts(key).map(fileNameOf));
  return {
    async put(key, bytes, { signal } = {}) {
      const file = fileOf(key);
      await guarded(key, async () => {
        signal?.throwIfAborted();
        prepared ??= prepare(root);
        await prepared.catch((error: unknown) => {
          prepared = undefined;
          throw error;
        });
        const unfinished = join(root, unfinishedFolder, randomUUID());
        try {
          await writeSynced(unfinished, bytes);
          await moveInto(unfinished, file);
        } catch (error) {
          await rm(unfinished, { force: true });
          throw error;
        }
      });
    },
    get(key, { signal } = {}) {
      const file = fileOf(key);
      return guarded(key, () => readFile(file, { signal }).catch(absentAs(null)));
    },
    async *list(prefix, { signal } = {}) {
      const folders = prefix.split('/').slice(0, -1);
      const start = folders.length === 0 ? '' : `${folders.join('/')}/`;
      for await (const found of walk(root, start)) {
        signal?.throwIfAborted();
        if (found.key.startsWith(prefix)) yield found;
      }
    },
    async delete(key) {
      const file = fileOf(key);
      await guarded(key, async () => {
        await unlink(file).catch(absentAs(undefined));
        await removeEmpty(dirname(file), root);
      });
    },
  };
}

/** Characters that every file system takes; anything else is written as `%` and two digits for each byte. */
const plain = /[A-Za-z0-9_\-=+,@()!.]/;

function fileNameOf(part: string): string {
  let name = '';
  for (const character of part) {
    const first = name === '' && character === '.';
    name += plain.test(character) && !first ? character : escaped(character);
  }
  if (Buffer.byteLength(name) <= 255) return name;
  throw new AppError('EVENTBUS_OBJECT_KEY_INVALID', `${JSON.stringify(part)} is over 255 bytes as a file name`);
}

function escaped(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** Files below a folder by the bytes of their keys: a folder's place is that of its name with a slash. */
async function* walk(root: string, start: string): AsyncGenerator<StoredObject> {
  const parts = start.split('/').filter((part) => part !== '');
  const folder = join(root, ...parts.map(fileNameOf));
  const entries = await guarded(start, () =>
    readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    }),
  );
  const found = entries
    .filter(({ name }) => name !== unfinishedFolder)
    .map((entry) => {
      const key = `${start}${decodeURIComponent(entry.name)}${entry.isDirectory() ? '/' : ''}`;
      return { key, order: Buffer.from(key), entry };
    })
    .sort((left, right) => Buffer.compare(left.order, right.order));
  for (const { key, entry } of found) {
    if (entry.isDirectory()) yield* walk(root, key);
    else {
      const info = await guarded(key, () => stat(join(folder, entry.name)).catch(absentAs(null)));
      if (info !== null) yield { key, bytes: info.size };
    }
  }
}

async function prepare(root: string): Promise<void> {
  const folder = join(root, unfinishedFolder);
  await makeSynced(folder);
  await access(root, constants.W_OK);
  for (const name of await readdir(folder)) {
    const info = await stat(join(folder, name)).catch(absentAs(null));
    if (info !== null && Date.now() - info.mtimeMs > abandonedMs) await rm(join(folder, name), { force: true });
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder may be removed, as an empty one, between its making and its use: it is made again. */
async function moveInto(unfinished: string, file: string): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await makeSynced(dirname(file));
      await rename(unfinished, file);
      return await syncFolder(dirname(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || round === maxRounds) throw error;
    }
  }
}

/** Removes a folder and those above it as far as they are empty, so that their keys are free again. */
async function removeEmpty(folder: string, root: string): Promise<void> {
  let at = folder;
  for (; at.length > root.length; at = dirname(at)) {
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!removed) break;
  }
  await syncFolder(at).catch(absentAs(undefined));
}

/** Makes a folder and those above it, and syncs the entry of each new one. */
async function makeSynced(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; its file system journals entries by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function absentAs<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}

/** Runs one step on the file system; what fails comes out as a coded error. */
async function guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError || (cause as Error).name === 'AbortError') throw cause;
    const what = `"${key}" in the folder: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new AppError('EVENTBUS_OBJECT_STORE_UNAVAILABLE', what, { cause });
  }
}
