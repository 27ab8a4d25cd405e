import { PGlite } from '@electric-sql/pglite';
import { AppError } from '../../core/errors/app-error.ts';
import type { RunBytes } from './turns.ts';
import { message } from './wire.ts';

/**
 * Settings of the engine, over PGlite's own start parameters. Without fsync a commit is in the operating system's
 * page cache when it is acknowledged: it survives `kill -9` of the process, and a crash of the machine is repaired by
 * replaying the topics from the log, which does fsync.
 */
const settings = [
  'shared_buffers=64MB',
  'wal_buffers=4MB',
  'work_mem=8MB',
  'maintenance_work_mem=32MB',
  'temp_buffers=4MB',
  'max_wal_size=256MB',
  'min_wal_size=64MB',
  'wal_init_zero=off',
  'jit=off',
  // A client hears of its own errors; their lines could quote values.
  'log_min_messages=fatal',
  'synchronous_commit=on',
  'random_page_cost=1.1',
];

/** PGlite's own parameters; the class has them, its type does not. */
function startParameters(): string[] {
  const own = (PGlite as unknown as { readonly defaultStartParams: readonly string[] }).defaultStartParams;
  return [...own, ...settings.flatMap((setting) => ['-c', setting])];
}

export interface Engine {
  readonly db: PGlite;
  readonly run: RunBytes;
  /** ParameterStatus messages for new clients. */
  readonly parameters: Buffer;
}

/** The module functions that are watched; both are parts of PGlite's main loop. */
interface MainLoop {
  _PostgresMainLoopOnce: () => void;
}

/** What PGlite's main loop throws for an ordinary SQL error; anything else means that the engine is gone. */
const sqlErrorStatus = 100;

/**
 * PGlite goes on after every exception of its main loop, which would spin for ever once the engine has trapped or
 * exited; `onDeath` hears of it instead and must end the thread.
 */
function watchMainLoop(db: PGlite, onDeath: (reason: string) => void): void {
  const module = db.Module as unknown as MainLoop;
  const once = module._PostgresMainLoopOnce;
  module._PostgresMainLoopOnce = () => {
    try {
      once();
    } catch (error) {
      const status = (error as { readonly status?: unknown } | null)?.status;
      if (status !== sqlErrorStatus) onDeath(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
}

export interface EngineOptions {
  readonly folder: string;
  /** Lines that the engine writes to its log. */
  readonly onLog: (line: string) => void;
  readonly onDeath: (reason: string) => void;
}

/** Opens the database of a folder, making it when the folder is empty; replays the write-ahead log after a crash. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const take = (line: string) => {
    options.onLog(line);
    return false;
  };
  const db = await PGlite.create(options.folder, {
    startParams: startParameters(),
    onStdout: take,
    onStderr: take,
    initialMemory: 128 * 1024 * 1024,
  });
  const parameters = await readParameters(db);
  const run = await rawRunner(db);
  watchMainLoop(db, options.onDeath);
  return { db, run, parameters };
}

/**
 * PGlite's synchronous call keeps the receiver that the streaming call set last, so one streaming call installs a
 * receiver that hands on to whoever runs. From here on nothing but `run` may use the engine.
 */
async function rawRunner(db: PGlite): Promise<RunBytes> {
  let receiver: ((answer: Uint8Array) => void) | null = null;
  await db.execProtocolRawStream(message('S'), { syncToFs: false, onRawData: (answer) => receiver?.(answer) });
  return (bytes, onData) => {
    receiver = onData;
    db.execProtocolRawSync(bytes);
  };
}

const reported = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'application_name',
  'default_transaction_read_only',
  'in_hot_standby',
  'is_superuser',
  'session_authorization',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
] as const;

async function readParameters(db: PGlite): Promise<Buffer> {
  const columns = reported.map((name) => `current_setting('${name}', true) as "${name}"`).join(', ');
  const { rows } = await db.query<Record<string, string | null>>(`select ${columns}`);
  const values = rows[0];
  if (values === undefined) throw new AppError('EVENTBUS_POSTGRES_ENGINE_STOPPED', 'it reports no settings');
  return Buffer.concat(reported.map((name) => message('S', name, values[name] ?? '')));
}
