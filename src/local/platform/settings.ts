import { join } from 'node:path';
import { dayMs } from '../../catalogue/duration.ts';

/** Ports of the embedded parts; 0 takes any free one. */
export interface PlatformPorts {
  readonly kafka: number;
  readonly postgres: number;
  readonly mqtt: number;
  readonly mqtts: number;
  readonly grpc: number;
  readonly queue: number;
  readonly api: number;
  /** HTTP API of the shop. */
  readonly orders: number;
  readonly realtime: number;
  /** The photo example and its page. */
  readonly photos: number;
}

/** How gRPC is secured: not at all, by the server's certificate, or by certificates of both sides. */
export const grpcTlsKinds = ['none', 'server', 'mutual'] as const;
export type GrpcTls = (typeof grpcTlsKinds)[number];

export interface PlatformSettings {
  /** Folder of all state. */
  readonly dataDir: string;
  /** Address that everything listens on. */
  readonly host: string;
  readonly ports: PlatformPorts;
  readonly grpcTls: GrpcTls;
  /** Partitions a topic gets at most on this machine; the catalogue's figure is for the cluster. */
  readonly maxPartitions: number;
  /** Bootstrap servers of a real cluster that replaces the embedded broker. */
  readonly kafka?: string | undefined;
  /** URL of a real PostgreSQL that replaces the embedded one. */
  readonly postgres?: string | undefined;
  /** URL of a Redis or Valkey that this gateway shares with others. */
  readonly redis?: string | undefined;
  /** Begins anew where the database's positions lie beyond the log, instead of refusing to start. */
  readonly forgetPositions: boolean;
  /** Longest time a record waits before its Parquet file appears, ms. */
  readonly lakeBufferMs: number;
}

export const defaultSettings: PlatformSettings = {
  dataDir: '.event-bus',
  host: '127.0.0.1',
  ports: {
    kafka: 9092,
    postgres: 5432,
    mqtt: 1883,
    mqtts: 8883,
    grpc: 50051,
    queue: 9324,
    api: 8090,
    orders: 8088,
    realtime: 8089,
    photos: 8087,
  },
  grpcTls: 'none',
  maxPartitions: 4,
  forgetPositions: false,
  lakeBufferMs: 60_000,
};

/** Longest retention a topic gets on one machine; the lake keeps the rest of archived topics. */
export const maxRetentionMs = 90 * dayMs;

/** Folders below the data directory, one a part. */
export function folders(dataDir: string) {
  return {
    kafka: join(dataDir, 'kafka'),
    postgres: join(dataDir, 'postgres'),
    queue: join(dataDir, 'queue'),
    lake: join(dataDir, 'lake'),
    objects: join(dataDir, 'objects'),
    events: join(dataDir, 'events'),
    certificates: join(dataDir, 'ca'),
    auth: join(dataDir, 'auth'),
    logs: join(dataDir, 'logs'),
    /** A file: the address of the gateway's interface for programs. */
    deviceDownlink: join(dataDir, 'device-downlink.url'),
  } as const;
}
