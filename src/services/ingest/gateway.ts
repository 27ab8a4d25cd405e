import { randomUUID } from 'node:crypto';
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProtoPath } from 'grpc-health-check';
import type { Route } from '../../catalogue/model.ts';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { Activity, type CallContext } from './call-context.ts';
import { type CallerIdentity, identifyBy } from './caller-identity.ts';
import { grpcRoutes } from './grpc-routes.ts';
import { ingestService, loadProto, protoPath, serviceName } from './ingest-proto.ts';
import { makeIntake } from './intake.ts';
import { PendingBudget } from './pending-budget.ts';
import { publishCall } from './publish-call.ts';
import { type IngestLog, Refusals } from './refusals.ts';
import { streamCalls } from './stream-call.ts';

export interface IngestLimits {
  /** Size of one message on the wire; 1,000 readings take about 150 KB. */
  readonly maxMessageBytes: number;
  /** Readings of one request. */
  readonly maxReadings: number;
  /** Size of one record; below the log's own limit. */
  readonly maxRecordBytes: number;
  /** Calls of one connection at once. */
  readonly maxConcurrentStreams: number;
  /** Requests of one stream that wait for the log at once. */
  readonly maxInFlightPerStream: number;
  /** Encoded bytes of all calls that wait for the log. */
  readonly maxPendingBytes: number;
  /** Time a closing gateway waits for what is under way. */
  readonly drainMs: number;
}

export const defaultIngestLimits: IngestLimits = {
  maxMessageBytes: 1024 * 1024,
  maxReadings: 1_000,
  maxRecordBytes: 1_000_000,
  maxConcurrentStreams: 100,
  maxInFlightPerStream: 64,
  maxPendingBytes: 64 * 1024 * 1024,
  drainMs: 10_000,
};

/** PEM texts. With `clientAuthority` every client must show a certificate of that authority. */
export interface IngestTls {
  readonly key: string;
  readonly certificate: string;
  readonly clientAuthority?: string;
}

export interface IngestGatewayOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** @default plain text, for loopback and for networks that encrypt by themselves */
  readonly tls?: IngestTls;
  /** @default connection */
  readonly callerIdentity?: CallerIdentity;
  /** Routes of the catalogue; those of other protocols are left out. */
  readonly routes: readonly Route[];
  readonly publisher: Pick<EventPublisher, 'send'>;
  readonly codec: Pick<Codec, 'encode'>;
  readonly log: IngestLog;
  readonly limits?: Partial<IngestLimits>;
}

export interface IngestCounters {
  readonly requests: number;
  /** Readings that are durably in the log. */
  readonly accepted: number;
  /** Records those became. */
  readonly records: number;
  /** Rejected readings and failed calls, by code. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Streams open now. */
  readonly streams: number;
  readonly inFlight: number;
  readonly pendingBytes: number;
}

export interface IngestGateway {
  readonly port: number;
  counters(): IngestCounters;
  /** Stops accepting, answers what is under way, then ends the connections. */
  close(): Promise<void>;
}

/**
 * The gRPC entrance: `proto/ingest/v1/ingest.proto`, with `grpc.health.v1` and server reflection. A response is given
 * after the log has the records.
 *
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN when the address cannot be bound
 */
export async function startIngestGateway(options: IngestGatewayOptions): Promise<IngestGateway> {
  const limits = { ...defaultIngestLimits, ...options.limits };
  const context = callContext(options, limits);
  const streams = streamCalls(context);
  const definition = loadProto(protoPath);
  const health = new HealthImplementation({ '': 'SERVING', [serviceName]: 'SERVING' });
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    // Finds clients that vanished without a word.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  server.addService(ingestService(definition), { Publish: publishCall(context), StreamTelemetry: streams.handler });
  health.addToServer(server);
  new ReflectionService({ ...definition, ...loadProto(healthProtoPath) }).addToServer(server);
  const port = await bind(server, options);

  return {
    port,
    counters: () => ({
      requests: context.activity.requests,
      accepted: context.activity.acceptedReadings,
      records: context.activity.records,
      refused: context.refusals.counts(),
      streams: context.activity.streams,
      inFlight: context.activity.inFlight,
      pendingBytes: context.budget.used,
    }),
    close: async () => {
      context.activity.closing = true;
      health.setStatus('', 'NOT_SERVING');
      health.setStatus(serviceName, 'NOT_SERVING');
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      streams.stopAll();
      await atMost(limits.drainMs, context.activity.whenIdle());
      // Health watchers and idle streams of others would keep the server open for ever.
      await atMost(200, closed);
      server.forceShutdown();
    },
  };
}

function callContext(options: IngestGatewayOptions, limits: IngestLimits): CallContext {
  return {
    intake: makeIntake({
      codec: options.codec,
      routes: grpcRoutes(options.routes),
      maxReadings: limits.maxReadings,
      maxRecordBytes: limits.maxRecordBytes,
      newUuid: randomUUID,
      now: Date.now,
    }),
    identify: identifyBy(options.callerIdentity ?? 'connection'),
    publisher: options.publisher,
    budget: new PendingBudget(limits.maxPendingBytes),
    refusals: new Refusals(options.log),
    activity: new Activity(),
    maxInFlightPerStream: limits.maxInFlightPerStream,
  };
}

function bind(server: Server, { host, port, tls }: IngestGatewayOptions): Promise<number> {
  // The library writes what it also returns to standard error; here every failure is an error or a log line.
  setLogVerbosity(logVerbosity.NONE);
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials(tls), (cause, bound) => {
      if (cause === null) resolve(bound);
      else reject(new AppError('EVENTBUS_LOCAL_PORT_TAKEN', `gRPC on ${address}: ${cause.message}`, { cause }));
    });
  });
}

function credentials(tls: IngestTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { clientAuthority } = tls;
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  const authority = clientAuthority === undefined ? null : Buffer.from(clientAuthority);
  return ServerCredentials.createSsl(authority, [pair], authority !== null);
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
