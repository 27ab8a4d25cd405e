import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { type MqttGateway, type MqttGatewayOptions, startMqttGateway } from '../../../src/local/mqtt/gateway.ts';
import { MemoryLog, recordingLog } from '../../services/ingest/memory-log.ts';
import { fleetRoute, grpcRoute, windRoute } from './routes.ts';

/** A topic of the device car-1. */
export const topic = 'fleet/car-1/telemetry';

const open: { close(): Promise<void> }[] = [];

/** Ends what a test has opened. */
export async function closeAll(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing.close();
}

/** A gateway over a log in memory. */
export async function gateway(options: Partial<MqttGatewayOptions> = {}) {
  const memory = new MemoryLog();
  const { log, lines } = recordingLog();
  const started: MqttGateway = await startMqttGateway({
    host: '127.0.0.1',
    port: 0,
    routes: [fleetRoute, windRoute, grpcRoute],
    publisher: memory,
    log,
    ...options,
  });
  open.push(started);
  return { gateway: started, memory, lines };
}

export async function connect(port: number, clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 0, ...options });
  client.on('error', () => {});
  open.push({ close: () => client.endAsync(true) });
  return client;
}

export function ended(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}
