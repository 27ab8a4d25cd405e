/**
 * Readings per second over gRPC in batches of 100, unary and streaming, acknowledged after the log has them. The
 * gateway, its clients and the log run in threads of their own.
 *   node bin/run.mjs test/bench/grpc.ts [--log memory|embedded] [--seconds 2] [--rounds 5]
 * `memory` answers after a 3 ms group commit; `embedded` is the platform's Kafka broker with fsync.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { median } from './median.ts';

const batch = 100;
const connections = 4;
const unaryInFlight = 8;
const streamInFlight = 32;
const commitMs = 3;

type Mode = 'unary' | 'streaming';
type Role =
  | { readonly role: 'log'; readonly dataDir: string }
  | { readonly role: 'gateway'; readonly bootstrapServers?: string | undefined }
  | { readonly role: 'load'; readonly port: number };

if (isMainThread) await measure();
else await work(workerData as Role);

async function work(role: Role): Promise<void> {
  if (role.role === 'log') parentPort?.postMessage(await startLog(role.dataDir), []);
  else if (role.role === 'gateway') parentPort?.postMessage(await startGateway(role.bootstrapServers), []);
  else await serveLoad(role.port);
}

async function startLog(dataDir: string): Promise<string> {
  const { startEmbeddedLog } = await import('./embedded-log.ts');
  return (await startEmbeddedLog(dataDir, ['telemetry.raw.v1'])).bootstrapServers;
}

async function startGateway(bootstrapServers: string | undefined): Promise<number> {
  const { makeCodec } = await import('../../src/codec/codec.ts');
  const { routesOf } = await import('../../src/catalogue/lookup.ts');
  const { startIngestGateway } = await import('../../src/services/ingest/gateway.ts');
  const { MemoryLog, recordingLog } = await import('../services/ingest/memory-log.ts');
  const { makePublisher } = await import('../../src/kafka/publisher.ts');
  const codec = makeCodec();
  const memory = new MemoryLog();
  memory.gate = async () => {
    await new Promise((resolve) => setTimeout(resolve, commitMs));
    memory.records.length = 0;
  };
  const publisher =
    bootstrapServers === undefined
      ? memory
      : makePublisher({ connection: { bootstrapServers }, codec, clientId: 'bench' });
  const { log } = recordingLog();
  return (await startIngestGateway({ host: '127.0.0.1', port: 0, routes: routesOf('grpc'), publisher, codec, log }))
    .port;
}

/** Answers each mode that it is sent with the readings acknowledged in the time. */
async function serveLoad(port: number): Promise<void> {
  const { ingestClient } = await import('../services/ingest/ingest-client.ts');
  const clients = Array.from({ length: connections }, () => ingestClient(`127.0.0.1:${port}`));
  parentPort?.on('message', ({ mode, forMs }: { readonly mode: Mode; readonly forMs: number }) => {
    const until = Date.now() + forMs;
    const each = clients.map((client, n) => {
      const request = { deviceId: `car-${n}`, readings: readings() };
      if (mode === 'streaming') return streamUntil(client.stream(), { request }, until);
      return Promise.all(Array.from({ length: unaryInFlight }, () => unaryUntil(client, request, until)));
    });
    void Promise.all(each).then((counts) => parentPort?.postMessage(total(counts.flat()), []));
  });
}

type Client = ReturnType<typeof import('../services/ingest/ingest-client.ts')['ingestClient']>;
type Request = Parameters<Client['publish']>[0];

async function unaryUntil(client: Client, request: Request, until: number): Promise<number> {
  let accepted = 0;
  while (Date.now() < until) accepted += (await client.publish(request)).accepted;
  return accepted;
}

function streamUntil(
  stream: ReturnType<Client['stream']>,
  message: { request: Request },
  until: number,
): Promise<number> {
  let accepted = 0;
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('data', (response) => {
      accepted += response.accepted;
      if (Date.now() < until) stream.write(message);
      else stream.end();
    });
    stream.on('end', () => resolve(accepted));
    for (let n = 0; n < streamInFlight; n += 1) stream.write(message);
  });
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function readings() {
  return Array.from({ length: batch }, (_, sequence) => ({
    vehicle: {
      time: new Date(1_793_527_200_000 + sequence * 1_000).toISOString(),
      sequence,
      latitude: 33.98 + sequence / 1e6,
      longitude: -6.86,
      altitudeM: 71,
      speedKmh: 41.5,
      batteryPercent: 81,
      mode: 'D',
    },
  }));
}

async function measure(): Promise<void> {
  const options = { log: { type: 'string' }, seconds: { type: 'string' }, rounds: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  const [log, seconds, rounds] = [values.log ?? 'memory', Number(values.seconds ?? 2), Number(values.rounds ?? 5)];
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-grpc-'));
  const workers: Worker[] = [];
  const start = async <T>(role: Role): Promise<T> => {
    const worker = new Worker(new URL(import.meta.url), { workerData: role });
    workers.push(worker);
    return reply<T>(worker);
  };
  const bootstrapServers = log === 'embedded' ? await start<string>({ role: 'log', dataDir }) : undefined;
  const port = await start<number>({ role: 'gateway', bootstrapServers });
  const load = new Worker(new URL(import.meta.url), { workerData: { role: 'load', port } satisfies Role });
  workers.push(load);
  const rates: Record<Mode, number[]> = { unary: [], streaming: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of ['unary', 'streaming'] as const) {
      load.postMessage({ mode, forMs: seconds * 1_000 }, []);
      rates[mode].push((await reply<number>(load)) / seconds);
    }
  }
  for (const worker of workers) await worker.terminate();
  await rm(dataDir, { recursive: true, force: true });
  const [unary, streaming] = [Math.round(median(rates.unary)), Math.round(median(rates.streaming))];
  const result = {
    bench: 'grpc',
    log,
    batch,
    connections,
    unaryReadingsPerSecond: unary,
    streamingReadingsPerSecond: streaming,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function reply<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
