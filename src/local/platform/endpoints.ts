import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import type { GrpcTls } from './settings.ts';

/** Where the parts of a running bus are reached; written by `event-bus start` to `<data dir>/endpoints.json`. */
export interface Endpoints {
  /** Kafka bootstrap servers, `host:port`. */
  readonly kafka: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  readonly mqtt: string;
  readonly mqtts: string;
  readonly grpc: string;
  /** How gRPC is secured. @default none */
  readonly grpcTls?: GrpcTls;
  /** Endpoint of the dead-letter queues, SQS protocol. */
  readonly queue: string;
  /** Endpoint of the functions, Lambda's API; absent before a bus that serves it has started. */
  readonly lambda?: string;
  /** HTTP API; absent before a bus that serves it has started. */
  readonly api?: string;
  /** HTTP API of the shop; absent before a bus that serves it has started. */
  readonly orders?: string;
  /** Realtime gateway, Socket.IO; absent before a bus that serves it has started. */
  readonly realtime?: string;
  /** The photo example and its page; absent before a bus that serves it has started. */
  readonly photos?: string;
  /** Folder of the Parquet files. */
  readonly lake: string;
}

const defaults: Omit<Endpoints, 'lake'> = {
  kafka: '127.0.0.1:9092',
  postgres: 'postgres://postgres@127.0.0.1:5432/postgres',
  mqtt: 'mqtt://127.0.0.1:1883',
  mqtts: 'mqtts://127.0.0.1:8883',
  grpc: '127.0.0.1:50051',
  queue: 'http://127.0.0.1:9324',
};

/**
 * Endpoints of the bus whose state is below `dataDir`: what it wrote at its last start, or the default ports.
 * @throws AppError EVENTBUS_LOCAL_ENDPOINTS_DAMAGED: whoever listens at the default ports is another bus then
 */
export function readEndpoints(dataDir: string): Endpoints {
  const fallback = { ...defaults, lake: join(dataDir, 'lake') };
  const file = endpointsFile(dataDir);
  try {
    return { ...fallback, ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fallback;
    throw new AppError('EVENTBUS_LOCAL_ENDPOINTS_DAMAGED', `${file}: ${message}`, { cause });
  }
}

export function endpointsFile(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}

/** Writes the file that {@link readEndpoints} reads; it appears whole or not at all. */
export function writeEndpoints(dataDir: string, endpoints: Endpoints): void {
  const file = endpointsFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(endpoints, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
