import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { ensureDebianPackages, freePort, start, stop, untilListening } from './processes.ts';

/** Redis of Debian's package on a free port of the loopback address, in memory only; its log is below `folder`. */
export async function startRedis(folder: string): Promise<Engine> {
  ensureDebianPackages({ 'redis-server': 'redis-server' });
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    // As the cache on AWS: what is full forgets nothing by itself.
    'maxmemory-policy': 'noeviction',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = start('redis-server', flags, join(folder, 'redis.log'));
  await untilListening(port, server);
  return { address: `redis://127.0.0.1:${port}`, stop: () => stop(server) };
}
