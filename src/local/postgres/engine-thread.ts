import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorCode } from '../../core/errors/registry.ts';
import { keepScratch, paths } from './data-folder.ts';
import { type Engine, openEngine } from './engine.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';
import { startMaintenance } from './maintenance.ts';
import type { FromEngine, ThreadSettings, ToEngine } from './thread-messages.ts';
import { Turns } from './turns.ts';

const settings = workerData as ThreadSettings;
const tell = (told: FromEngine) => parentPort?.postMessage(told, []);
const log = (line: string) => tell({ kind: 'log', line });

/** The engine's last words, for the error of a failed start. */
const lastLines: string[] = [];

function fail(code: ErrorCode, what: string): never {
  tell({ kind: 'failed', code, what });
  process.exit(1);
}

function open(folder: string): Promise<Engine> {
  return openEngine({
    folder,
    onLog: (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (/\b(ERROR|FATAL|PANIC|WARNING)\b/.test(line)) log(line);
    },
    onDeath: (reason) => fail('EVENTBUS_POSTGRES_ENGINE_STOPPED', [reason, ...lastLines.slice(-1)].join('; ')),
  });
}

/** Makes a new database; runs in a thread of its own, because what this needs in memory is never given back. */
async function initialise(): Promise<void> {
  const { db } = await open(paths(settings.dataDir).scratch);
  await db.close();
  keepScratch(settings.dataDir);
  parentPort?.on('message', () => process.exit(0));
  tell({ kind: 'initialised' });
}

async function listen(door: FrontDoor): Promise<number> {
  const attempt = (port: number) =>
    new Promise<number>((resolve, reject) => {
      door.server.once('error', reject);
      door.server.listen(port, settings.host, () => {
        door.server.off('error', reject);
        const address = door.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  for (let port = settings.port; ; port += 1) {
    try {
      return await attempt(port);
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken) throw error;
      if (port - settings.port >= settings.portsToTry) {
        fail('EVENTBUS_LOCAL_PORT_TAKEN', `ports ${settings.port} to ${port} on ${settings.host} (PostgreSQL)`);
      }
    }
  }
}

async function serve(): Promise<void> {
  const started = performance.now();
  const engine = await open(paths(settings.dataDir).data).catch((error: unknown) => {
    const reason = lastLines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? String(error);
    return fail('EVENTBUS_POSTGRES_DATA_DIR_CORRUPT', `${paths(settings.dataDir).data}: ${reason}`);
  });
  log(`database open after ${Math.round(performance.now() - started)} ms`);
  const turns = new Turns(engine.run, () => performance.now());
  const { maxConnections } = settings;
  const door = openFrontDoor({ turns, parameters: engine.parameters, maxConnections, log });
  const port = await listen(door);
  const maintenance = startMaintenance(turns, log);
  const stall = setInterval(() => {
    if (turns.stalledMs > settings.maxStallMs) door.evictOwner();
  }, settings.maxStallMs / 10);
  parentPort?.on('message', (message: ToEngine) => {
    if (message.kind !== 'close') return;
    clearInterval(stall);
    maintenance.stop();
    void door
      .close()
      .then(() => engine.db.close())
      .catch((error: unknown) => log(`closing failed: ${String(error)}`))
      .finally(() => {
        tell({ kind: 'closed' });
        process.exit(0);
      });
  });
  tell({ kind: 'listening', port });
}

const work = settings.role === 'initialise' ? initialise() : serve();
work.catch((error: unknown) => fail('EVENTBUS_POSTGRES_ENGINE_STOPPED', String(error)));
