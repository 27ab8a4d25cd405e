import { renameSync, writeFileSync } from 'node:fs';
import { catalogue } from '../../catalogue/catalogue.ts';
import { makeCodec } from '../../codec/codec.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { startIngestGateway } from '../../services/ingest/gateway.ts';
import { type DevelopmentCertificates, developmentCertificates } from '../certificates/development-certificates.ts';
import { startDataPlane } from '../mqtt/data-plane.ts';
import { startMqttGateway } from '../mqtt/gateway.ts';
import { servePart } from '../platform/part-thread.ts';
import type { GrpcTls } from '../platform/settings.ts';
import type { IngestReady, IngestSettings, IngestStatus } from './start-ingest.ts';

await servePart<IngestReady, IngestStatus>(async (workerData, log) => {
  const settings = workerData as IngestSettings;
  const codec = makeCodec();
  const publisher = makePublisher({
    connection: { bootstrapServers: settings.bootstrapServers },
    codec,
    clientId: 'ingest',
  });
  const certificates = await developmentCertificates(settings.certificatesDir);
  const { routes } = catalogue;
  const mqtt = await startMqttGateway({
    host: settings.host,
    port: settings.mqttPort,
    tlsPort: settings.mqttsPort,
    certificates: certificates.server,
    routes,
    publisher,
    log,
  });
  const grpc = await startIngestGateway({
    host: settings.host,
    port: settings.grpcPort,
    ...grpcTls(settings.grpcTls, certificates.server),
    routes,
    publisher,
    codec,
    log,
  });
  const dataPlane = await startDataPlane(mqtt);
  tell(settings.deviceDownlinkFile, dataPlane.url);
  return {
    ready: { mqttPort: mqtt.port, mqttsPort: mqtt.tlsPort ?? 0, grpcPort: grpc.port },
    status: () => ({ mqtt: mqtt.counters(), grpc: grpc.counters() }),
    async close() {
      await dataPlane.close();
      await Promise.all([mqtt.close(), grpc.close()]);
      await publisher.close();
    },
  };
});

function grpcTls(kind: GrpcTls, { ca, key, certificate }: DevelopmentCertificates['server']) {
  if (kind === 'none') return {};
  return { tls: kind === 'server' ? { key, certificate } : { key, certificate, clientAuthority: ca } };
}

/** Writes an address where functions look for it; it appears whole or not at all. */
function tell(file: string, url: string): void {
  writeFileSync(`${file}.new`, `${url}\n`);
  renameSync(`${file}.new`, file);
}
