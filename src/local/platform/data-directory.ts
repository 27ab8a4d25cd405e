import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';

/** The claim of one program on a data directory; a second start on the same directory is refused while it is held. */
export interface DataDirectoryLock {
  release(): void;
}

/**
 * Creates the directory when it is absent and claims it for this process. A claim left by a killed process is taken
 * over. Throws `EVENTBUS_LOCAL_DATA_DIR_DENIED` when it cannot be written, `EVENTBUS_LOCAL_DATA_DIR_IN_USE` when
 * another running process holds it.
 */
export function claimDataDirectory(directory: string): DataDirectoryLock {
  makeWritable(directory);
  const file = join(directory, 'lock');
  for (;;) {
    try {
      const handle = openSync(file, 'wx', 0o644);
      writeSync(handle, `${process.pid}\n`);
      closeSync(handle);
      return { release: () => rmSync(file, { force: true }) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw denied(directory, cause);
    }
    const holder = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (isRunning(holder)) {
      throw new AppError('EVENTBUS_LOCAL_DATA_DIR_IN_USE', `process ${holder} runs on ${directory}`);
    }
    rmSync(file, { force: true });
  }
}

/** The running process that has claimed the directory, if there is one. */
export function dataDirectoryHolder(directory: string): number | undefined {
  try {
    const holder = Number.parseInt(readFileSync(join(directory, 'lock'), 'utf8'), 10);
    return isRunning(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function makeWritable(directory: string) {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (cause) {
    throw denied(directory, cause);
  }
}

function denied(directory: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('EVENTBUS_LOCAL_DATA_DIR_DENIED', `${directory}: ${reason}`, { cause });
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
