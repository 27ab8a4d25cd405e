import { environment } from '../../catalogue/environment.ts';
import { defaultSettings, type GrpcTls, type PlatformSettings } from '../../local/platform/settings.ts';

/** The flags of `event-bus start` as commander gives them. */
export interface StartFlags {
  readonly dataDir: string;
  readonly host: string;
  readonly kafkaPort: number;
  readonly postgresPort: number;
  readonly mqttPort: number;
  readonly mqttsPort: number;
  readonly grpcPort: number;
  readonly grpcTls: GrpcTls;
  readonly queuePort: number;
  readonly apiPort: number;
  readonly ordersPort: number;
  readonly realtimePort: number;
  readonly photosPort: number;
  readonly kafka?: string;
  readonly postgres?: string;
  readonly redis?: string;
  readonly forgetPositions?: boolean;
  readonly lakeSeconds: number;
  readonly partitions: number;
  /** False with `--no-sample`. */
  readonly sample: boolean;
  readonly sampleRate: number;
  readonly json?: boolean;
}

export function settingsOf(flags: StartFlags): PlatformSettings {
  return {
    ...defaultSettings,
    dataDir: flags.dataDir,
    host: flags.host,
    ports: {
      kafka: flags.kafkaPort,
      postgres: flags.postgresPort,
      mqtt: flags.mqttPort,
      mqtts: flags.mqttsPort,
      grpc: flags.grpcPort,
      queue: flags.queuePort,
      api: flags.apiPort,
      orders: flags.ordersPort,
      realtime: flags.realtimePort,
      photos: flags.photosPort,
    },
    grpcTls: flags.grpcTls,
    maxPartitions: flags.partitions,
    kafka: flags.kafka,
    postgres: flags.postgres,
    redis: flags.redis ?? process.env[environment.redisUrl],
    forgetPositions: flags.forgetPositions === true,
    lakeBufferMs: flags.lakeSeconds * 1000,
  };
}
