import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

export const serviceName = 'ingest.v1.IngestService';

/** Path of the protocol file, for clients in this repository and for servers alike. */
export const protoPath = join(import.meta.dirname, '..', '..', '..', 'proto', 'ingest', 'v1', 'ingest.proto');

/** Loads a protocol file with the settings that `messages.ts` describes: camel case, absent fields absent. */
export function loadProto(path: string): PackageDefinition {
  return loadSync(path, { keepCase: false, longs: Number, enums: String });
}

export function ingestService(definition: PackageDefinition): ServiceDefinition {
  return definition[serviceName] as ServiceDefinition;
}
