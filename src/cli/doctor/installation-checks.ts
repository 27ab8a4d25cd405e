import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

/** Node that the packages are written for; `bin/event-bus.mjs` brings it along. */
const nodeMajor = 24;
const gib = 1024 ** 3;
/** Below it a day of telemetry may fill the disk. */
const littleSpaceBytes = 2 * gib;
/** Below it the engines may not be able to write. */
const noSpaceBytes = 0.2 * gib;

export function nodeCheck(version: string): Check {
  const run = async (): Promise<Finding> =>
    Number.parseInt(version, 10) >= nodeMajor
      ? ok('Node', version)
      : fail(
          'Node',
          `${version}, needed is ${nodeMajor} or later`,
          'Run the command through bin/event-bus.mjs or npm, which bring it.',
        );
  return { name: 'Node', run };
}

export interface DataDirectory {
  readonly path: string;
  /** Process that has claimed it. */
  readonly holder: number | undefined;
}

/** Whether state can be kept there, and who keeps it now. */
export function dataDirectoryCheck({ path, holder }: DataDirectory): Check {
  const name = 'data folder';
  const shown = resolve(path);
  const run = async (): Promise<Finding> => {
    const base = await nearestExisting(shown);
    if (!(await stat(base)).isDirectory())
      return fail(name, `${base} is not a folder`, 'Name another one with --data-dir.');
    if (!(await isWritable(base))) {
      return fail(
        name,
        `${base} cannot be written by this user`,
        'Give it to this user, or name another one with --data-dir.',
      );
    }
    if (base !== shown) return ok(name, `${shown} will be made by the first start`);
    if (holder !== undefined) return ok(name, `${shown}, held by process ${holder}`);
    const left = await exists(join(shown, 'lock'));
    return ok(name, `${shown}${left ? ', last bus was killed; the next start goes on from there' : ''}`);
  };
  return { name, run };
}

export function freeSpaceCheck(path: string): Check {
  const name = 'disk';
  const run = async (): Promise<Finding> => {
    const base = await nearestExisting(resolve(path));
    const { bavail, bsize } = await statfs(base);
    return freeSpace(bavail * bsize, base);
  };
  return { name, run };
}

/** What so many free bytes mean. */
export function freeSpace(bytes: number, path: string): Finding {
  const message = `${(bytes / gib).toFixed(1)} GiB free at ${path}`;
  const fix = 'Free some space, or name a folder on another disk with --data-dir.';
  if (bytes < noSpaceBytes) return fail('disk', message, fix);
  return bytes < littleSpaceBytes ? warn('disk', message, fix) : ok('disk', message);
}

/** The lake's folder: readable by queries, writable by the delivery. */
export function lakeCheck(path: string): Check {
  const name = 'lake';
  const run = async (): Promise<Finding> => {
    if (!(await exists(path))) return ok(name, `${path} will be made with the first file`);
    if (!(await stat(path)).isDirectory()) return fail(name, `${path} is not a folder`, 'Move the file away.');
    if (!(await isWritable(path))) return fail(name, `${path} cannot be written`, 'Give the folder to this user.');
    return ok(name, path);
  };
  return { name, run };
}

async function nearestExisting(path: string): Promise<string> {
  let found = path;
  while (!(await exists(found))) {
    const parent = dirname(found);
    if (parent === found) return found;
    found = parent;
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
