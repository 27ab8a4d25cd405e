import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors/app-error.ts';
import { type FolderLock, hasDatabase, lockFolder } from './data-folder.ts';
import type { FromEngine, ThreadSettings, ToEngine } from './thread-messages.ts';

export interface EmbeddedPostgresOptions {
  /** Folder of the database; made when absent, continued when there. */
  readonly dataDir: string;
  /**
   * Port to listen on; 0 takes any free one.
   * @default 5432
   */
  readonly port?: number;
  /**
   * How many ports after `port` are tried when it is taken.
   * @default 20
   */
  readonly portsToTry?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default 100 */
  readonly maxConnections?: number;
  /**
   * How long a client may sit idle in a transaction while others wait, ms; it loses its connection then.
   * @default 10000
   */
  readonly maxStallMs?: number;
  /** Takes what the engine logs, one line a call. */
  readonly log?: (line: string) => void;
  /** Told once when the engine stops by itself; the folder is free then and a new start continues. */
  readonly onStopped?: (error: AppError) => void;
}

/** A running embedded PostgreSQL. */
export interface EmbeddedPostgres {
  /** Connection URL; any user, password and database name reach the one database. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Ends all connections, writes a checkpoint and frees the folder. */
  close(): Promise<void>;
}

/** Room for `max_stack_depth` of the engine: what recurses too deep is then refused by it and does not end its thread. */
const stackSizeMb = 64;

type Heard<K extends FromEngine['kind']> = Extract<FromEngine, { readonly kind: K }>;

class EngineThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #failure: AppError | null = null;
  #listener: ((message: FromEngine) => void) | null = null;
  #onExit: (() => void) | null = null;

  constructor(settings: ThreadSettings, log: (line: string) => void) {
    this.#worker = new Worker(new URL('./engine-thread.ts', import.meta.url), {
      workerData: settings,
      name: 'event-bus-postgres',
      resourceLimits: { stackSizeMb },
    });
    this.#worker.on('message', (message: FromEngine) => {
      if (message.kind === 'log') log(message.line);
      else if (message.kind === 'failed') this.#failure = new AppError(message.code, message.what);
      this.#listener?.(message);
    });
    this.#worker.on('error', (cause: unknown) => {
      this.#failure ??= new AppError('EVENTBUS_POSTGRES_ENGINE_STOPPED', String(cause), { cause });
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        resolve();
        this.#onExit?.();
      });
    });
  }

  get failure(): AppError {
    return this.#failure ?? new AppError('EVENTBUS_POSTGRES_ENGINE_STOPPED', 'its thread ended');
  }

  /** Waits for one kind of message; rejects when the thread ends first. */
  hear<K extends FromEngine['kind']>(kind: K): Promise<Heard<K>> {
    return new Promise((resolve, reject) => {
      this.#listener = (message) => {
        if (message.kind === kind) resolve(message as Heard<K>);
      };
      void this.#exited.then(() => reject(this.failure));
    });
  }

  whenExited(then: () => void): void {
    this.#onExit = then;
  }

  async close(): Promise<void> {
    this.#onExit = null;
    const message: ToEngine = { kind: 'close' };
    this.#worker.postMessage(message, []);
    await this.#exited;
  }
}

async function initialise(settings: ThreadSettings, log: (line: string) => void): Promise<void> {
  log('making a new database (once, a few seconds)');
  const thread = new EngineThread({ ...settings, role: 'initialise' }, log);
  await thread.hear('initialised');
  await thread.close();
}

async function start(
  settings: ThreadSettings,
  context: { readonly lock: FolderLock; readonly options: EmbeddedPostgresOptions },
): Promise<EmbeddedPostgres> {
  const log = context.options.log ?? (() => undefined);
  if (!hasDatabase(settings.dataDir)) await initialise(settings, log);
  const thread = new EngineThread(settings, log);
  const { port } = await thread.hear('listening');
  thread.whenExited(() => {
    context.lock.release();
    context.options.onStopped?.(thread.failure);
  });
  let closing: Promise<void> | null = null;
  return {
    url: `postgres://postgres@${settings.host}:${port}/postgres`,
    host: settings.host,
    port,
    close: () => {
      closing ??= thread.close().finally(() => context.lock.release());
      return closing;
    },
  };
}

/**
 * Starts PostgreSQL (PGlite) in a thread of its own, reachable by every PostgreSQL client over TCP. One process at a
 * time may use a folder; committed transactions survive `kill -9`.
 * @throws AppError EVENTBUS_POSTGRES_DATA_DIR_IN_USE, EVENTBUS_POSTGRES_DATA_DIR_CORRUPT, EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const settings: ThreadSettings = {
    role: 'serve',
    dataDir: options.dataDir,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 5432,
    portsToTry: options.port === 0 ? 0 : (options.portsToTry ?? 20),
    maxConnections: options.maxConnections ?? 100,
    maxStallMs: options.maxStallMs ?? 10_000,
  };
  const lock = lockFolder(settings.dataDir);
  try {
    return await start(settings, { lock, options });
  } catch (error) {
    lock.release();
    throw error;
  }
}
