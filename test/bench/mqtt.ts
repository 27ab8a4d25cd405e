/**
 * Messages per second over MQTT QoS 1: into a log in memory with a 3 ms group commit and into the embedded broker with
 * fsync, beside bare aedes that acknowledges at once. Servers and clients run in threads of their own; 20 clients with
 * 50 messages in flight.
 *   node bin/run.mjs test/bench/mqtt.ts [--seconds 2] [--rounds 5]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Aedes } from 'aedes';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { type EventPublisher, makePublisher } from '../../src/kafka/publisher.ts';
import { startMqttGateway } from '../../src/local/mqtt/gateway.ts';
import { MemoryLog, recordingLog } from '../services/ingest/memory-log.ts';
import { startEmbeddedLog } from './embedded-log.ts';
import { median } from './median.ts';

const clients = 20;
const inFlight = 50;
const commitMs = 3;
const payload = Buffer.from(
  JSON.stringify({
    deviceId: 'car-00',
    readings: [
      { time: '2026-11-01T10:00:00.000Z', latitude: 33.98, longitude: -6.86, speedKmh: 41.5, batteryPercent: 81 },
    ],
  }),
);

type Server = 'bare aedes' | 'memory' | 'broker';
const kinds: readonly Server[] = ['bare aedes', 'memory', 'broker'];

interface Place {
  readonly kind: Server;
  readonly dataDir: string;
}

if (isMainThread) await measure();
else parentPort?.postMessage(await serve(workerData as Place), []);

async function serve({ kind, dataDir }: Place): Promise<number> {
  if (kind === 'bare aedes') return serveBare();
  const publisher = kind === 'memory' ? memoryLog() : await brokerLog(dataDir);
  const { log } = recordingLog();
  const { routes } = catalogue;
  return (await startMqttGateway({ host: '127.0.0.1', port: 0, routes, publisher, log })).port;
}

async function serveBare(): Promise<number> {
  const broker = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

function memoryLog(): EventPublisher {
  const memory = new MemoryLog();
  memory.gate = async () => {
    await new Promise((resolve) => setTimeout(resolve, commitMs));
    memory.records.length = 0;
  };
  return memory;
}

async function brokerLog(dataDir: string): Promise<EventPublisher> {
  const connection = await startEmbeddedLog(dataDir, ['telemetry.raw.v1']);
  return makePublisher({ connection, codec: makeCodec(), clientId: 'bench' });
}

async function measure(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, rounds: { type: 'string' } } });
  const [seconds, rounds] = [Number(values.seconds ?? 2), Number(values.rounds ?? 5)];
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-mqtt-'));
  const rates: Record<Server, number[]> = { 'bare aedes': [], memory: [], broker: [] };
  const servers = await Promise.all(kinds.map((kind) => start({ kind, dataDir })));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      rates[kind].push((await load(servers[index]?.port ?? 0, seconds)) / seconds);
    }
  }
  for (const { worker } of servers) await worker.terminate();
  await rm(dataDir, { recursive: true, force: true });
  const perSecond = (kind: Server) => Math.round(median(rates[kind]));
  const ratio = (kind: Server) => Math.round((perSecond(kind) / perSecond('bare aedes')) * 100) / 100;
  const result = {
    bench: 'mqtt',
    clients,
    inFlight,
    payloadBytes: payload.length,
    bareAedesPerSecond: perSecond('bare aedes'),
    memoryPerSecond: perSecond('memory'),
    memoryRatio: ratio('memory'),
    brokerPerSecond: perSecond('broker'),
    brokerRatio: ratio('broker'),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function start(place: Place): Promise<{ port: number; worker: Worker }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: place });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { port, worker };
}

/** Messages acknowledged within the time. The clients are bare sockets, so that they cost less than the server. */
async function load(port: number, seconds: number): Promise<number> {
  const counts = await Promise.all(Array.from({ length: clients }, (_, n) => oneClient(port, n, seconds * 1_000)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function oneClient(port: number, n: number, forMs: number): Promise<number> {
  const id = `car-${String(n).padStart(2, '0')}`;
  const packet = publishPacket(`fleet/${id}/telemetry`);
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  socket.write(connectPacket(id));
  return new Promise((resolve, reject) => {
    let received = 0;
    let acknowledged = 0;
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      // CONNACK and every PUBACK are four bytes long.
      const before = Math.floor(received / 4);
      received += chunk.length;
      const answers = Math.floor(received / 4) - before;
      acknowledged += before === 0 ? answers - 1 : answers;
      const next = before === 0 ? inFlight + answers - 1 : answers;
      if (next > 0) socket.write(Buffer.concat(Array.from({ length: next }, () => packet)));
    });
    setTimeout(() => {
      socket.destroy();
      resolve(acknowledged);
    }, forMs);
  });
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
}

function connectPacket(id: string): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 60]), text(id)]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

function publishPacket(topic: string): Buffer {
  const body = Buffer.concat([text(topic), Buffer.from([0, 1]), payload]);
  return Buffer.concat([Buffer.from([0x32, (body.length & 127) | 128, body.length >> 7]), body]);
}
