import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { portsOf } from '../e2e/bus.ts';
import type { Drill } from './drill.ts';
import { startLoad, untilCaughtUp } from './load.ts';

/** Whether a small file system of its own can be mounted here, which takes root. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

const full: Drill = {
  name: 'disk-full',
  title: 'the disk of the whole bus is full for a while',
  lengths: canMount ? ['medium', 'long'] : [],
  async run(context) {
    const disk = join(context.folder, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'tmpfs', disk], { encoding: 'utf8' });
    if (mounted.status !== 0) throw new Error(`mount: ${mounted.stderr}`);
    context.cleanUp(async () => void spawnSync('umount', ['-l', disk]));
    const dataDir = join(disk, 'bus');
    let bus = await context.startBus({ dataDir });
    const ports = portsOf(bus.endpoints);
    const load = startLoad(bus.dataDir, 500);
    await sleep(3000);
    const filler = join(disk, 'filler');
    fill(filler, disk);
    const before = load.acknowledged;
    await sleep(20_000);
    context.say(`full for 20 s: ${load.acknowledged - before} readings acknowledged meanwhile`);
    rmSync(filler);
    if (!isRunning(bus.pid)) {
      context.say('the bus had stopped; it is started again');
      bus = await context.startBus({ dataDir, ports });
    }
    await sleep(3000);
    const { acknowledged } = await load.stop();
    return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged };
  },
};

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Writes a file until not a page is left. */
function fill(file: string, disk: string): void {
  for (let bytes = 64 * 1024 * 1024; bytes >= 4096; ) {
    const { bavail, bsize } = statfsSync(disk);
    if (bavail * bsize < bytes) {
      bytes /= 2;
      continue;
    }
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      // The bus, which is at work, took some of it first.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      bytes /= 2;
    }
  }
}

export const diskDrills: readonly Drill[] = [full];
