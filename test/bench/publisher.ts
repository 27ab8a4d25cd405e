/**
 * What publishing costs against a broker that acknowledges without storing: records a second, and CPU of the publishing
 * thread a record; beside the Kafka client's own idempotent producer in the same run.
 *   node bin/run.mjs test/bench/publisher.ts
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Producer } from '@platformatic/kafka';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher, type OutgoingRecord } from '../../src/kafka/publisher.ts';
import { median } from './median.ts';

const rounds = 5;
const callsInFlight = 8;
const value = Buffer.alloc(130, 7);

function records(count: number, from: number): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: 'bench',
    key: `veh-${(from + index) % 500}`,
    value,
    headers: {
      ce_specversion: '1.0',
      ce_id: `8f0e3a3c-5d0b-5c4e-9d55-${100_000_000_000 + from + index}`,
      ce_source: 'telemetry-cleaner',
      ce_type: 'vehicle.telemetry.cleaned',
      'content-type': 'application/avro',
    },
  }));
}

/** Sends all groups with some calls in flight; answers records a second and CPU µs a record. */
async function round<T>(groups: readonly T[], perGroup: number, send: (group: T) => Promise<unknown>) {
  const cpu = process.threadCpuUsage();
  const startMs = performance.now();
  let next = 0;
  const caller = async () => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) await send(group);
  };
  await Promise.all(Array.from({ length: callsInFlight }, caller));
  const seconds = (performance.now() - startMs) / 1000;
  const used = process.threadCpuUsage(cpu);
  const count = groups.length * perGroup;
  return { rate: count / seconds, microseconds: (used.user + used.system) / count };
}

async function measure<T>(
  name: string,
  batch: number,
  work: { groups: readonly T[]; send: (group: T) => Promise<unknown> },
) {
  await round(work.groups, batch, work.send);
  const found: Awaited<ReturnType<typeof round>>[] = [];
  for (let index = 0; index < rounds; index += 1) found.push(await round(work.groups, batch, work.send));
  const rate = Math.round(median(found.map((one) => one.rate))).toLocaleString('en');
  const cpu = median(found.map((one) => one.microseconds)).toFixed(2);
  process.stdout.write(
    `${name.padEnd(28)} batches of ${batch}: ${rate.padStart(9)} records/s, ${cpu} µs CPU a record\n`,
  );
}

const broker = new Worker(new URL('scripted-broker-thread.ts', import.meta.url));
const [bootstrapServers] = (await once(broker, 'message')) as [string];

for (const batch of [1, 100, 1000]) {
  const total = batch === 1 ? 20_000 : 200_000;
  const groups = Array.from({ length: total / batch }, (_, index) => records(batch, index * batch));
  const publisher = makePublisher({ connection: { bootstrapServers }, codec: makeCodec(), clientId: 'bench' });
  await measure('publisher', batch, { groups, send: (group) => publisher.send(group) });
  await publisher.close();
  if (batch === 1) continue;
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [bootstrapServers], idempotent: true });
  const messages = groups.map((group) =>
    group.map(({ topic, key, value: bytes, headers }) => ({
      topic,
      key: Buffer.from(key ?? ''),
      value: bytes ?? Buffer.alloc(0),
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    })),
  );
  await measure('the client’s own producer', batch, {
    groups: messages,
    send: (group) => producer.send({ messages: group.map((message) => ({ ...message })) }),
  });
  await producer.close();
}
await broker.terminate();
