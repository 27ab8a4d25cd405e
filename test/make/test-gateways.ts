import { catalogue } from '../../src/catalogue/catalogue.ts';
import type { Via } from '../../src/cli/devices/open-link.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { startMqttGateway } from '../../src/local/mqtt/gateway.ts';
import { startIngestGateway } from '../../src/services/ingest/gateway.ts';
import { type MemoryLog, recordingLog } from '../services/ingest/memory-log.ts';

/** Ways in that need no certificates. */
export type PlainVia = Exclude<Via, 'mqtts'>;

export interface TestGateway {
  readonly via: Via;
  /** Address as devices are told it. */
  readonly target: string;
  close(): Promise<void>;
}

/** An entrance of the bus on a log in memory, at a free port. */
export async function testGateway(via: PlainVia, publisher: MemoryLog): Promise<TestGateway> {
  const { log } = recordingLog();
  const common = { host: '127.0.0.1', port: 0, routes: catalogue.routes, publisher, log };
  if (via === 'mqtt') {
    const gateway = await startMqttGateway({ ...common, limits: { drainMs: 50 } });
    return { via, target: `mqtt://127.0.0.1:${gateway.port}`, close: () => gateway.close() };
  }
  const gateway = await startIngestGateway({ ...common, codec: makeCodec(), limits: { drainMs: 50 } });
  return { via, target: `127.0.0.1:${gateway.port}`, close: () => gateway.close() };
}
