import {
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadProto, protoPath } from '../../../src/services/ingest/ingest-proto.ts';
import type {
  PublishRequest,
  PublishResponse,
  StreamTelemetryRequest,
  StreamTelemetryResponse,
} from '../../../src/services/ingest/messages.ts';

type TelemetryStream = ClientDuplexStream<StreamTelemetryRequest, StreamTelemetryResponse>;

export interface IngestClient {
  publish(
    request: PublishRequest,
    options?: { readonly deadline?: Date; readonly metadata?: Metadata },
  ): Promise<PublishResponse>;
  stream(): TelemetryStream;
  close(): void;
}

interface RawClient {
  publish(...args: readonly unknown[]): unknown;
  streamTelemetry(): TelemetryStream;
  close(): void;
}

type ClientClass = new (address: string, credentials: unknown, options?: object) => RawClient;

/** A client made from the proto file by grpc-js, as a user would. */
export function ingestClient(address: string, channel = credentials.createInsecure()): IngestClient {
  const loaded = loadPackageDefinition(loadProto(protoPath)) as unknown as {
    readonly ingest: { readonly v1: { readonly IngestService: ClientClass } };
  };
  const raw = new loaded.ingest.v1.IngestService(address, channel, { 'grpc.enable_retries': 0 });
  return {
    publish: (request, { deadline, metadata } = {}) =>
      new Promise((resolve, reject) => {
        const done = (error: ServiceError | null, response: PublishResponse) =>
          error === null ? resolve(response) : reject(error);
        const options = deadline === undefined ? {} : { deadline };
        if (metadata === undefined) raw.publish(request, options, done);
        else raw.publish(request, metadata, options, done);
      }),
    stream: () => raw.streamTelemetry(),
    close: () => raw.close(),
  };
}

/** Collects the responses of a stream until it ends; the status says how it ended. */
export function collect(stream: TelemetryStream) {
  const responses: StreamTelemetryResponse[] = [];
  stream.on('data', (response: StreamTelemetryResponse) => responses.push(response));
  stream.on('error', () => {});
  const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  return { responses, ended };
}
