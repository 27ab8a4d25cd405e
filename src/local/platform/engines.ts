import type { Logger } from 'pino';
import { catalogue } from '../../catalogue/catalogue.ts';
import {
  deadLetterQueueName,
  failedInvocationsQueueName,
  subscribersQueueName,
} from '../../catalogue/queue-consumers.ts';
import type { AppError } from '../../core/errors/app-error.ts';
import { migrate } from '../../postgres/migrate.ts';
import { makePool } from '../../postgres/pool.ts';
import type { BrokerLog } from '../kafka/broker-log.ts';
import { startEmbeddedKafka } from '../kafka/start.ts';
import { startEmbeddedPostgres } from '../postgres/embedded-postgres.ts';
import { type EmbeddedQueue, startEmbeddedQueue } from '../queue/embedded-queue.ts';
import { folders, type PlatformSettings } from './settings.ts';

/** The engines that hold state: embedded, or the real ones that the settings name. */
export interface Engines {
  /** Kafka bootstrap servers. */
  readonly kafka: string;
  /** PostgreSQL URL, migrated. */
  readonly postgres: string;
  readonly queue: EmbeddedQueue;
  close(): Promise<void>;
}

interface Surroundings {
  readonly log: Logger;
  readonly onStopped: (error: AppError) => void;
}

/** Starts the engines side by side; when one cannot start, the others are closed again. */
export async function startEngines(settings: PlatformSettings, surroundings: Surroundings): Promise<Engines> {
  const [kafka, postgres, queue] = await Promise.allSettled([
    startKafka(settings, surroundings),
    startPostgres(settings, surroundings),
    startQueue(settings),
  ]);
  const close = async () => {
    for (const engine of [queue, postgres, kafka]) if (engine.status === 'fulfilled') await engine.value.close();
  };
  if (kafka.status === 'fulfilled' && postgres.status === 'fulfilled' && queue.status === 'fulfilled') {
    return { kafka: kafka.value.address, postgres: postgres.value.address, queue: queue.value, close };
  }
  await close();
  throw [kafka, postgres, queue].find((engine) => engine.status === 'rejected')?.reason;
}

interface Started {
  readonly address: string;
  close(): Promise<void>;
}

const external = (address: string): Started => ({ address, close: async () => {} });

async function startKafka(settings: PlatformSettings, { log, onStopped }: Surroundings): Promise<Started> {
  if (settings.kafka !== undefined) return external(settings.kafka);
  const broker = await startEmbeddedKafka({
    host: settings.host,
    port: settings.ports.kafka,
    dataDir: folders(settings.dataDir).kafka,
    log: brokerLog(log.child({ part: 'kafka' })),
    onStopped,
  });
  return { address: broker.bootstrapServers, close: () => broker.close() };
}

async function startPostgres(settings: PlatformSettings, { log, onStopped }: Surroundings): Promise<Started> {
  const started =
    settings.postgres === undefined ? await startEmbedded(settings, { log, onStopped }) : external(settings.postgres);
  const pool = makePool(started.address, { applicationName: 'event-bus-migrations', max: 1 });
  try {
    for (const name of await migrate(pool)) log.info({ part: 'postgres', migration: name }, 'migration applied');
  } catch (error) {
    await started.close();
    throw error;
  } finally {
    await pool.end();
  }
  return started;
}

async function startEmbedded(settings: PlatformSettings, { log, onStopped }: Surroundings): Promise<Started> {
  const postgresLog = log.child({ part: 'postgres' });
  const database = await startEmbeddedPostgres({
    host: settings.host,
    port: settings.ports.postgres,
    dataDir: folders(settings.dataDir).postgres,
    log: (line) => postgresLog.info(line),
    onStopped,
  });
  return { address: database.url, close: () => database.close() };
}

function startQueue({ host, ports, dataDir }: PlatformSettings): Promise<EmbeddedQueue> {
  return startEmbeddedQueue({ host, port: ports.queue, dataDir: folders(dataDir).queue, queues: queueNames() });
}

/** Queues that dead letters come through. */
export function queueNames(): readonly string[] {
  const letters = catalogue.consumers.filter(({ deadLetter }) => deadLetter);
  return [...letters.map(({ name }) => deadLetterQueueName(name)), subscribersQueueName, failedInvocationsQueueName];
}

/** The broker's log lines as lines of the platform's log. */
function brokerLog(log: Logger): BrokerLog {
  return ({ level, message, code, details }) => log[level]({ code, ...details }, message);
}
