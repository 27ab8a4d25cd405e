import { routesOf } from '../../../src/catalogue/lookup.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { type IngestGatewayOptions, startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import type { WireReading } from '../../../src/services/ingest/messages.ts';
import { ingestClient } from './ingest-client.ts';
import { MemoryLog, recordingLog } from './memory-log.ts';

const open: (() => Promise<void> | void)[] = [];
export const codec = makeCodec();

/** Ends what a test has opened. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

/** A gateway over a log in memory, with a client of it. */
export async function gateway(options: Partial<IngestGatewayOptions> = {}) {
  const memory = new MemoryLog();
  const { log, lines } = recordingLog();
  const started = await startIngestGateway({
    host: '127.0.0.1',
    port: 0,
    routes: routesOf('grpc'),
    publisher: memory,
    codec,
    log,
    ...options,
  });
  open.push(() => started.close());
  const client = ingestClient(`127.0.0.1:${started.port}`);
  open.push(() => client.close());
  return { gateway: started, memory, lines, client };
}

export const vehicle = (sequence: number, deviceId?: string): WireReading => ({
  ...(deviceId === undefined ? {} : { deviceId }),
  vehicle: { time: '2026-11-01T10:00:00+01:00', sequence, latitude: 33.9, speedKmh: 41.5, vehicleType: 'car' },
});
