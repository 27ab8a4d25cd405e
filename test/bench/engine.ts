/**
 * What the batch engine costs a record, in µs: shape check, headers, base64, Avro and outcomes, with a processor that
 * does nothing, beside the bare decode. Then the event source's share: indexing fetched batches, and building the event
 * in the function's thread.
 *   node bin/run.mjs test/bench/engine.ts
 */
import type { VehicleTelemetry } from '../../src/catalogue/events.generated.ts';
import { toHeaders } from '../../src/codec/cloud-event.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makeBatchHandler } from '../../src/consumers/batch/handler.ts';
import type { MskEvent } from '../../src/consumers/batch/msk-event.ts';
import { packBatch } from '../../src/local/event-source/invocation-batch.ts';
import { buildMskEvent } from '../../src/local/event-source/msk-event-builder.ts';
import { PartitionBuffer } from '../../src/local/event-source/partition-buffer.ts';
import { readRecordChunks } from '../../src/local/event-source/record-chunk.ts';
import { applied, memoryLog, testConsumer } from '../make/batch-engine.ts';
import { kafkaBatch } from '../make/kafka-batch.ts';
import { lambdaContext, mskEvent, mskRecord } from '../make/msk-event.ts';
import { vehicleTelemetry } from '../make/vehicle-telemetry.ts';

const recordsPerEvent = 500;
const eventsPerRound = 60;
const rounds = 9;

const codec = makeCodec();

function sampleEvent(): MskEvent {
  const records = Array.from({ length: recordsPerEvent }, (_, offset) =>
    mskRecord({
      offset,
      partition: offset % 4,
      key: 'twizy-17',
      value: codec.encode('VehicleTelemetry', vehicleTelemetry(offset)),
      headers: toHeaders({
        id: `6f0f0c6e-8f3a-5b0e-9d55-${String(offset).padStart(12, '0')}`,
        source: '/telemetry-cleaner',
        type: 'vehicle.telemetry.cleaned',
        time: new Date(1_700_000_000_000 + offset).toISOString(),
        subject: 'twizy-17',
        contentType: 'application/avro',
      }),
    }),
  );
  return mskEvent(records);
}

/** Median over the rounds, µs a record. */
async function measure(name: string, work: () => unknown): Promise<void> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    for (let event = 0; event < eventsPerRound; event += 1) await work();
    samples.push(((performance.now() - start) * 1e3) / (eventsPerRound * recordsPerEvent));
  }
  const median = samples.sort((left, right) => left - right)[rounds >> 1] ?? 0;
  process.stdout.write(`${name.padEnd(44)} ${median.toFixed(2)} µs a record\n`);
}

const json = JSON.stringify(sampleEvent());
const event = JSON.parse(json) as MskEvent;
const records = Object.values(event.records).flat();
const handler = makeBatchHandler<VehicleTelemetry>({
  consumer: testConsumer,
  subjectOf: () => 'VehicleTelemetry',
  codec,
  processor: { apply: ({ items }) => Promise.resolve(items.map(() => applied)) },
  log: memoryLog(),
  writeMetrics: () => {},
});

await measure('JSON.parse of the event (Lambda’s share)', () => JSON.parse(json));
await measure('bare base64 and Avro decode', () => {
  for (const { value } of records) codec.decode('VehicleTelemetry', Buffer.from(value ?? '', 'base64'));
});
await measure('engine, decode included', () => handler(event, lambdaContext()));

const fetched = kafkaBatch(
  records.map(({ key, value, headers }) => ({
    key: Buffer.from(key ?? '', 'base64').toString(),
    value: Buffer.from(value ?? '', 'base64'),
    headers: Object.fromEntries(
      headers.flatMap((header) => Object.entries(header).map(([name, bytes]) => [name, Buffer.from(bytes)])),
    ),
  })),
);
const source = {
  eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/bench',
  bootstrapServers: '127.0.0.1:9092',
};
const pack = () => {
  const buffer = new PartitionBuffer(0);
  for (const chunk of readRecordChunks('vehicle.telemetry.v1', fetched, 0)) buffer.append(chunk, 0);
  const portion = buffer.peek({ records: recordsPerEvent, jsonLength: 6e6 });
  if (portion === null) throw new Error('the batch has no records');
  return packBatch([{ topic: 'vehicle.telemetry.v1', partition: 0, portion }], source);
};
const packed = pack();

await measure('event source: index, gather, copy', pack);
await measure('function thread: build the event', () => buildMskEvent(packed));
await measure('alternative: structured clone of the event', () => structuredClone(event));
