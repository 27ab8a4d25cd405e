import type { Logger } from 'pino';
import type { AppError } from '../../core/errors/app-error.ts';
import type { IngestCounters } from '../../services/ingest/gateway.ts';
import type { MqttCounters } from '../mqtt/gateway.ts';
import { type PartThread, startPartThread } from '../platform/part-thread.ts';
import type { GrpcTls } from '../platform/settings.ts';

/** What the ingest thread is started with. */
export interface IngestSettings {
  readonly bootstrapServers: string;
  readonly host: string;
  /** Ports; 0 takes a free one. */
  readonly mqttPort: number;
  readonly mqttsPort: number;
  readonly grpcPort: number;
  readonly grpcTls: GrpcTls;
  /** Folder of the development authority. */
  readonly certificatesDir: string;
  /** File that is told where messages to devices are published. */
  readonly deviceDownlinkFile: string;
}

export interface IngestReady {
  readonly mqttPort: number;
  readonly mqttsPort: number;
  readonly grpcPort: number;
}

export interface IngestStatus {
  readonly mqtt: MqttCounters;
  readonly grpc: IngestCounters;
}

export interface IngestOptions extends IngestSettings {
  readonly log: Logger;
  readonly onStopped: (error: AppError) => void;
}

/** Starts both entrances, MQTT and gRPC, in one thread with one producer. */
export function startIngest({
  log,
  onStopped,
  ...settings
}: IngestOptions): Promise<PartThread<IngestReady, IngestStatus>> {
  const module = new URL('./ingest-thread.ts', import.meta.url);
  return startPartThread({ name: 'ingest', module, settings, log, onStopped });
}
