import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import type { BrokerOptions } from './broker.ts';
import { type BrokerLog, logToStandardError } from './broker-log.ts';
import { completeSettings } from './settings.ts';
import type { FromWorker } from './worker.ts';

export interface EmbeddedKafkaOptions extends BrokerOptions {
  /** Gets every log line. @default JSON lines on standard error, warnings and errors only */
  readonly log?: BrokerLog;
  /** Called when the broker's thread ends without having been closed. */
  readonly onStopped?: (error: AppError) => void;
}

export interface EmbeddedKafka extends AsyncDisposable {
  /** `host:port` for any Kafka client. */
  readonly bootstrapServers: string;
  readonly port: number;
  /** Stores what is waiting, closes the connections and the data file. */
  close(): Promise<void>;
}

/**
 * Starts a Kafka broker of one node in a thread of its own. Records live below `dataDir` and survive restarts.
 * @throws AppError EVENTBUS_BROKER_PORT_TAKEN, …ADDRESS_INVALID, …DATA_DIR_UNUSABLE, …DATA_IN_USE, …DATA_CORRUPT,
 * …DATA_TOO_NEW, …SETTING_INVALID
 * @example
 * await using kafka = await startEmbeddedKafka({ dataDir: './.kafka' });
 * new Producer({ clientId: 'test', bootstrapBrokers: [kafka.bootstrapServers] });
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const { log = logToStandardError, onStopped, ...brokerOptions } = options;
  completeSettings(brokerOptions.settings ?? {});
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    name: 'kafka',
    workerData: brokerOptions,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const exited = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  let closing = false;
  let crash: unknown;
  const port = await new Promise<number>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'log') log(message.line);
      if (message.kind === 'ready') resolve(message.port);
      if (message.kind === 'failed') reject(startError(message.code, message.message));
    });
    worker.on('error', (error) => {
      crash = error;
    });
    worker.once('exit', () => {
      const stopped = startError(undefined, crash instanceof Error ? crash.message : 'its thread ended');
      reject(stopped);
      if (!closing) onStopped?.(stopped);
    });
  });
  const close = async () => {
    if (!closing) {
      closing = true;
      worker.postMessage('close', []);
    }
    await exited;
  };
  const host = brokerOptions.advertised?.host ?? brokerOptions.host ?? '127.0.0.1';
  const bootstrapServers = `${host}:${brokerOptions.advertised?.port ?? port}`;
  return { bootstrapServers, port, close, [Symbol.asyncDispose]: close };
}

/** An error crosses the thread's border as text; its code makes it one of ours again, with the text as it was. */
function startError(code: ErrorCode | undefined, message: string): AppError {
  const error = new AppError(code ?? 'EVENTBUS_BROKER_STOPPED', message);
  if (code !== undefined) error.message = message;
  return error;
}
