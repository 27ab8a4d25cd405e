/**
 * From the log through the event source and the batch engine, into a function without effects: records a second of one
 * consumer catching up, then what five consumers cost at 10,000 records a second each.
 *   node bin/run.mjs test/bench/event-source.ts
 */
import { join } from 'node:path';
import { Admin, Producer } from '@platformatic/kafka';
import { toHeaders } from '../../src/codec/cloud-event.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { startEventSources } from '../../src/local/event-source/event-sources.ts';
import { localFunctionEnvironment } from '../../src/local/functions/function-environment.ts';
import { startFunction } from '../../src/local/functions/function-host.ts';
import { startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { memoryLog, testConsumer } from '../make/batch-engine.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { vehicleTelemetry } from '../make/vehicle-telemetry.ts';

const topic = 'vehicle.telemetry.v1';
const partitions = 12;
const backlog = 200_000;
const rate = 10_000;
const seconds = 10;

const directory = temporaryDirectory();
const kafka = await startEmbeddedKafka({ dataDir: join(directory.path, 'kafka'), log: () => {} });
const client = { clientId: 'bench', bootstrapBrokers: [kafka.bootstrapServers] };
const admin = new Admin(client);
await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
const producer = new Producer(client);
const codec = makeCodec();
const value = codec.encode('VehicleTelemetry', vehicleTelemetry(1));

let id = 0;
function message(partition: number) {
  id += 1;
  const attributes = {
    id: `6f0f0c6e-8f3a-5b0e-9d55-${String(id).padStart(12, '0')}`,
    source: '/telemetry-cleaner',
    type: 'vehicle.telemetry.cleaned',
    time: new Date(1_700_000_000_000 + id).toISOString(),
    subject: 'twizy-17',
    contentType: 'application/avro',
  };
  const headers = new Map(
    Object.entries(toHeaders(attributes)).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
  );
  return { topic, partition, key: Buffer.from('twizy-17'), value, headers };
}

function startConsumers(count: number, prefix: string) {
  const consumers = Array.from({ length: count }, (_, n) => ({
    ...testConsumer,
    name: `${prefix}-${n}`,
    batchSize: 1_000,
  }));
  const environment = localFunctionEnvironment({
    kafka: kafka.bootstrapServers,
    databaseUrl: '',
    objects: 'none',
    queue: { url: 'http://127.0.0.1:1', queueUrl: 'http://127.0.0.1:1/0/none' },
  });
  const file = join(import.meta.dirname, 'fixtures/no-effect.ts');
  const functions = consumers.map(({ name }) =>
    startFunction({ name, file, environment, memoryMb: 256, timeoutMs: 30_000 }),
  );
  const byName = new Map(functions.map((handle) => [handle.name, handle]));
  const sources = startEventSources({
    bootstrapServers: kafka.bootstrapServers,
    consumers,
    functions: byName,
    log: memoryLog(),
  });
  return {
    sources,
    ready: () => Promise.all(functions.map((handle) => handle.ready())),
    close: async () => {
      await sources.close();
      await Promise.all(functions.map((handle) => handle.close()));
    },
  };
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

for (let sent = 0; sent < backlog; sent += 2_000) {
  const messages = Array.from({ length: 2_000 }, (_, n) => message(n % partitions));
  await producer.send({ messages });
}

const one = startConsumers(1, 'catch-up');
await one.ready();
const began = performance.now();
const cpuBegan = process.cpuUsage();
await one.sources.drained();
const took = performance.now() - began;
const residentOfOne = Math.round(process.memoryUsage.rss() / 1_048_576);
const cpuOfOne = process.cpuUsage(cpuBegan);
report(`one consumer, backlog of ${backlog}: ${Math.round((backlog / took) * 1000)} records/s`);
report(
  `  CPU, all threads, broker included: ${((cpuOfOne.user + cpuOfOne.system) / backlog).toFixed(1)} µs a record; resident ${residentOfOne} MB`,
);
await one.close();

const five = startConsumers(5, 'steady');
await five.ready();
await five.sources.drained();
const invocationsBefore = five.sources.status().reduce((sum, { invocations }) => sum + invocations, 0);

async function produceSteadily(): Promise<{ readonly cores: number; readonly reached: number }> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  for (let step = 0; step < seconds * 50; step += 1) {
    const messages = Array.from({ length: rate / 50 }, (_, n) => message(n % partitions));
    await producer.send({ messages });
    const wait = start + (step + 1) * 20 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  const used = process.cpuUsage(cpu);
  const elapsedSeconds = (performance.now() - start) / 1e3;
  return { cores: (used.user + used.system) / 1e6 / elapsedSeconds, reached: (rate * seconds) / elapsedSeconds };
}

const { cores, reached } = await produceSteadily();
const lag = five.sources.status().map(({ lagRecords }) => lagRecords);
await five.sources.drained();
const invocations = five.sources.status().reduce((sum, entry) => sum + entry.invocations, 0) - invocationsBefore;
report(
  `five consumers at ${Math.round(reached)} records/s each: ${cores.toFixed(2)} cores, producer and broker included`,
);
report(`  lag at the end: ${lag.join(', ')}; ${Math.round((5 * rate * seconds) / invocations)} records an invocation`);
report(`  resident memory: ${Math.round(process.memoryUsage.rss() / 1_048_576)} MB`);

await five.close();
await producer.close();
await admin.close();
await kafka.close();
directory.remove();
