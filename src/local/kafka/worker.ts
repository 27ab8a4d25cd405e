import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import { type BrokerOptions, openBroker } from './broker.ts';
import type { BrokerLogLine } from './broker-log.ts';

/** What the broker's thread tells the thread that started it. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string; readonly code: ErrorCode | undefined }
  | { readonly kind: 'log'; readonly line: BrokerLogLine }
  | { readonly kind: 'closed' };

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread; call startEmbeddedKafka');
const tell = (message: FromWorker) => port.postMessage(message);

try {
  const broker = await openBroker(workerData as BrokerOptions, {
    log: (line) => tell({ kind: 'log', line }),
    clock: Date.now,
  });
  port.once('message', () => {
    void broker.close().then(() => {
      tell({ kind: 'closed' });
      port.close();
    });
  });
  tell({ kind: 'ready', port: broker.port });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  tell({ kind: 'failed', message, code: error instanceof AppError ? error.code : undefined });
}
