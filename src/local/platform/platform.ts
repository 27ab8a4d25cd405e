import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { catalogue } from '../../catalogue/catalogue.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import type { AppError } from '../../core/errors/app-error.ts';
import { requireSoundCatalogue } from '../../core/sound-catalogue.ts';
import { type KafkaAdmin, makeAdmin } from '../../kafka/admin.ts';
import { topicSpecOf } from '../../kafka/topic-spec.ts';
import { startApi } from '../api/start-api.ts';
import { openLocalIssuer } from '../auth/local-issuer.ts';
import { startDelivery } from '../delivery/start-delivery.ts';
import { startIngest } from '../ingest/start-ingest.ts';
import { startOrdersApi } from '../orders/start-orders-api.ts';
import { startPhotos } from '../photos/start-photos.ts';
import { startRealtime } from '../realtime/start-realtime.ts';
import { startConsumption } from './consumption.ts';
import { claimDataDirectory } from './data-directory.ts';
import { type Endpoints, writeEndpoints } from './endpoints.ts';
import { startEngines } from './engines.ts';
import { type Ledger, makeLedger } from './ledger.ts';
import { requireSameLog } from './log-continuity.ts';
import { logFileOf, openLog } from './log-file.ts';
import { folders, maxRetentionMs, type PlatformSettings } from './settings.ts';
import { Started } from './started.ts';
import { makeStatusReader, type PlatformStatus } from './status.ts';

/** A running bus. */
export interface Platform {
  readonly endpoints: Endpoints;
  /** File that every part logs to, one JSON object a line. */
  readonly logFile: string;
  readonly ledger: Ledger;
  status(): Promise<PlatformStatus>;
  /** Rejects when a part stops by itself; never resolves. */
  readonly failed: Promise<never>;
  /** Stops the entrances, lets what is under way end, then stops the engines. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly settings: PlatformSettings;
  /** Told what is being started, for people. */
  readonly onStep: (what: string) => void;
}

/**
 * Starts the whole bus on this machine: engines, topics, functions with their event sources, delivery, entrances, in
 * this order, so that every part finds what it needs. What was started is stopped again when a later part fails.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings } = options;
  requireSoundCatalogue(catalogue, { schemas, clusterMaxRetentionMs: maxRetentionMs });
  const lock = claimDataDirectory(settings.dataDir);
  const log = openLog(settings.dataDir);
  const started = new Started(log);
  started.add('data directory', { close: async () => lock.release() });
  try {
    return await startParts({ ...options, log }, started);
  } catch (error) {
    await started.close();
    throw error;
  }
}

async function startParts(
  { settings, log, onStep }: PlatformOptions & { log: Logger },
  started: Started,
): Promise<Platform> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const onStopped = (error: AppError) => failure.reject(error);

  onStep('engines: Kafka, PostgreSQL, queue');
  const engines = started.add('engines', await startEngines(settings, { log, onStopped }));
  const admin = started.add('admin', makeAdmin({ connection: { bootstrapServers: engines.kafka } }));
  await ensureCatalogueTopics(admin, settings.maxPartitions);
  await requireSameLog(engines.postgres, admin, settings.forgetPositions);

  onStep('functions');
  const ledger = makeLedger();
  const { sources, lambdaUrl } = await startConsumption({ engines, settings, log, ledger }, started);

  onStep('delivery to the lake');
  const surroundings = { bootstrapServers: engines.kafka, settings, log, onStopped };
  const delivery = started.add('delivery', await deliver(surroundings));
  onStep('entrances: MQTT, gRPC, HTTP API, realtime');
  const ingest = started.add('ingest', await openEntrances(surroundings));
  const { mqttPort, mqttsPort, grpcPort } = ingest.ready;
  const servers = await openServers(surroundings, engines.postgres, started);
  const endpoints: Endpoints = {
    kafka: engines.kafka,
    postgres: engines.postgres,
    mqtt: `mqtt://${settings.host}:${mqttPort}`,
    mqtts: `mqtts://${settings.host}:${mqttsPort}`,
    grpc: `${settings.host}:${grpcPort}`,
    grpcTls: settings.grpcTls,
    queue: engines.queue.url,
    ...servers,
    lambda: lambdaUrl,
    lake: resolve(folders(settings.dataDir).lake),
  };
  writeEndpoints(settings.dataDir, endpoints);
  const readStatus = makeStatusReader({ admin, ledger, sources, delivery, ingest });
  return {
    endpoints,
    logFile: logFileOf(settings.dataDir),
    ledger,
    status: readStatus,
    failed: failure.promise,
    close: () => started.close(),
  };
}

interface Surroundings {
  readonly bootstrapServers: string;
  readonly settings: PlatformSettings;
  readonly log: Logger;
  readonly onStopped: (error: AppError) => void;
}

function deliver({ bootstrapServers, settings, log, onStopped }: Surroundings) {
  return startDelivery({
    bootstrapServers,
    topics: catalogue.topics.map(({ name }) => name),
    directory: folders(settings.dataDir).lake,
    bufferMs: settings.lakeBufferMs,
    log: log.child({ part: 'delivery' }),
    onStopped,
  });
}

function openEntrances({ bootstrapServers, settings, log, onStopped }: Surroundings) {
  return startIngest({
    bootstrapServers,
    host: settings.host,
    mqttPort: settings.ports.mqtt,
    mqttsPort: settings.ports.mqtts,
    grpcPort: settings.ports.grpc,
    grpcTls: settings.grpcTls,
    certificatesDir: folders(settings.dataDir).certificates,
    deviceDownlinkFile: folders(settings.dataDir).deviceDownlink,
    log: log.child({ part: 'ingest' }),
    onStopped,
  });
}

/** The HTTP servers. One signs and all verify with the keys of this bus. */
async function openServers({ bootstrapServers, settings, log }: Surroundings, postgres: string, started: Started) {
  const { auth, objects } = folders(settings.dataDir);
  const { host, ports, redis } = settings;
  const issuer = await openLocalIssuer(auth);
  const of = (part: 'api' | 'orders' | 'realtime' | 'photos') => ({
    host,
    port: ports[part],
    bootstrapServers,
    postgres,
    trust: issuer.trust,
    log: log.child({ part }),
  });
  const api = started.add('api', await startApi({ ...of('api'), objects }));
  const orders = started.add('orders', await startOrdersApi(of('orders')));
  const realtime = started.add('realtime', await startRealtime({ ...of('realtime'), redis }));
  const { url: realtimeUrl } = realtime;
  const photos = started.add('photos', await startPhotos({ ...of('photos'), objects, issuer, realtimeUrl }));
  return { api: api.url, orders: orders.url, realtime: realtimeUrl, photos: photos.url };
}

async function ensureCatalogueTopics(admin: KafkaAdmin, maxPartitions: number): Promise<void> {
  await admin.ensureTopics(catalogue.topics.map((topic) => topicSpecOf(topic, { maxRetentionMs, maxPartitions })));
}
