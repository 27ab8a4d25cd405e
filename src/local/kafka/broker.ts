import { AppError } from '../../core/errors/app-error.ts';
import type { BrokerLog } from './broker-log.ts';
import type { BrokerParts } from './context.ts';
import { Coordinator } from './groups/coordinator.ts';
import { makeOffsets } from './groups/offsets.ts';
import { makeAppender } from './log/append.ts';
import { CommitQueue } from './log/commit-queue.ts';
import { openDatabase } from './log/database.ts';
import { makeMaintenance } from './log/maintenance.ts';
import { makeProducerIds } from './log/producer-ids.ts';
import { makeStore } from './log/store.ts';
import type { Address } from './network/connection.ts';
import { listen } from './network/server.ts';
import { type BrokerSettings, completeSettings } from './settings.ts';
import { Topics } from './topics.ts';

export interface BrokerOptions {
  /** Directory of the data file; made when it does not exist. */
  readonly dataDir: string;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** What clients are told to connect to. @default the address by which the client reached the broker */
  readonly advertised?: Address;
  readonly settings?: Partial<BrokerSettings>;
}

export interface Broker {
  readonly port: number;
  /** Runs retention now; also removes what is left of deleted topics. */
  retain(): Promise<void>;
  /** Runs compaction now. */
  compact(): Promise<void>;
  /** Stops listening, stores what is waiting and closes the data file. */
  close(): Promise<void>;
}

export interface BrokerSurroundings {
  readonly log: BrokerLog;
  readonly clock: () => number;
}

/** Opens the data file and serves it in the calling thread. `startEmbeddedKafka` does so in a thread of its own. */
export async function openBroker(options: BrokerOptions, { log, clock }: BrokerSurroundings): Promise<Broker> {
  const settings = completeSettings(options.settings ?? {});
  const { db, clusterId } = openDatabase(options.dataDir);
  try {
    const store = makeStore(db);
    const queue = new CommitQueue(store, (error) => log(storageFailed(error)));
    const topics = new Topics(store, queue, settings);
    const coordinator = new Coordinator(settings, makeOffsets(store, queue, clock));
    const parts: BrokerParts = {
      settings,
      clusterId,
      store,
      queue,
      topics,
      coordinator,
      append: makeAppender(store, queue, clock),
      nextProducerId: makeProducerIds(store, queue),
      log,
      clock,
      reportedDamage: new Set(),
    };
    const { host = '127.0.0.1', port = 0, advertised } = options;
    const server = await listen(parts, { host, port, advertised });
    const maintenance = makeMaintenance({ store, queue, topics, settings, clock, log });
    return {
      port: server.port,
      retain: maintenance.retain,
      compact: maintenance.compact,
      async close() {
        await server.close();
        await maintenance.stop();
        coordinator.close();
        queue.flush();
        db.close();
      },
    };
  } catch (error) {
    db.close();
    throw error instanceof AppError ? error : openFailed(error, options.dataDir);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const storageFailed = (error: unknown) =>
  ({ level: 'error', code: 'EVENTBUS_BROKER_STORAGE_FAILED', message: messageOf(error) }) as const;

const openFailed = (error: unknown, dataDir: string) =>
  new AppError('EVENTBUS_BROKER_DATA_CORRUPT', `"${dataDir}" (${messageOf(error)})`, { cause: error });
