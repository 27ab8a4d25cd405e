import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { functionNames } from '../../../lib/bundling/function-bundle.ts';
import { bundleFindings } from '../../../lib/checks/bundles.ts';
import { transformBufferMb } from '../../../lib/constructs/lake-delivery.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import { contentTypes, headers } from '../../../src/catalogue/headers.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import type { FirehoseKafkaResult } from '../../../src/consumers/lake-transform/firehose-event.ts';
import { makeAdmin } from '../../../src/kafka/admin.ts';
import { readTopic } from '../../../src/kafka/reader.ts';
import type { RawRecord } from '../../../src/kafka/record-decoding.ts';
import { topicSpecOf } from '../../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { BundledTestFunction } from '../../make/bundled-functions.ts';
import { deadLetter } from '../../make/dead-letters.ts';
import { startTestQueue, type TestQueue } from '../../make/embedded-queue.ts';
import { cloudEventHeaders, mskEvent, mskRecord } from '../../make/msk-event.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';
import { vehicleTelemetry } from '../../make/readings.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const bundles = new Map<string, BundledTestFunction>();
const bundleOf = (name: string): BundledTestFunction => {
  const bundle = bundles.get(name) ?? new BundledTestFunction(name);
  bundles.set(name, bundle);
  return bundle;
};
afterAll(() => {
  for (const bundle of bundles.values()) bundle.remove();
});

describe.each(functionNames())('the bundle of %s', (name) => {
  test('is within its budget and holds nothing that no function may have', () => {
    const { metafile } = bundleOf(name);
    const bytes = metafile.outputs['index.mjs']?.bytes ?? 0;
    process.stdout.write(`${name}: ${(bytes / 1_000).toFixed(1)} kB\n`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bundleFindings(name, metafile)).toEqual([]);
  });

  test('is loaded by a Node that has nothing else, and takes or refuses an event that is none in words of its own', async () => {
    const { error } = await bundleOf(name).call({}, { EVENT_BUS_MAPPINGS: '[]' });
    const inOwnWords =
      error === undefined || (error.name === 'AppError' && error.code?.startsWith('EVENTBUS_') === true);
    expect(inOwnWords ? undefined : error).toBeUndefined();
  });
});

const codec = makeCodec();
const telemetry = (given: Partial<VehicleTelemetry> = {}) => codec.encode('VehicleTelemetry', vehicleTelemetry(given));

const vehicleRecord = (offset: number, value: Buffer) => {
  const id = `10000000-0000-5000-8000-00000000000${offset}`;
  const given = { ...cloudEventHeaders(id), [headers.contentType]: contentTypes.avro };
  return mskRecord({ offset, key: 'car-1', value, headers: given });
};

describe('in a process of its own', () => {
  let kafka: EmbeddedKafka;
  let database: TestDatabase;
  let queue: TestQueue;
  const directory = temporaryDirectory();
  beforeAll(async () => {
    [kafka, database, queue] = await Promise.all([
      startEmbeddedKafka({ port: 0, dataDir: directory.path }),
      embeddedDatabase(),
      startTestQueue(['letters']),
    ]);
    const admin = makeAdmin({ connection: { bootstrapServers: kafka.bootstrapServers } });
    await admin.ensureTopics(
      catalogue.topics.map((topic) => topicSpecOf(topic, { maxRetentionMs: topic.retentionMs, maxPartitions: 2 })),
    );
    await admin.close();
  });
  afterAll(async () => {
    await Promise.all([kafka.close(), database.close(), queue.close()]);
    directory.remove();
  });

  const surroundings = () => ({
    EVENT_BUS_KAFKA: kafka.bootstrapServers,
    EVENT_BUS_DATABASE_URL: database.url,
    EVENT_BUS_DEAD_LETTER_QUEUE_URL: queue.queue.queueUrl('letters'),
    EVENT_BUS_OBJECTS: `file://${directory.path}/objects`,
    EVENT_BUS_EVENT_ROUTER: `file://${directory.path}/events`,
    AWS_ENDPOINT_URL_SQS: queue.queue.url,
  });
  const recordsOf = async (topic: string): Promise<readonly RawRecord[]> => {
    const records: RawRecord[] = [];
    for await (const batch of readTopic({ connection: { bootstrapServers: kafka.bootstrapServers }, topic }))
      records.push(...batch);
    return records;
  };
  const count = async (table: string) =>
    (await database.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;

  const taken = async (name: string, event: unknown) => {
    const { answer, error, output } = await bundleOf(name).call(event, surroundings());
    // The output is shown only when something went wrong.
    expect({ answer, error, output: error && output }).toEqual({ answer: { batchItemFailures: [] } });
    return output;
  };

  test('the cleaner keeps state and publishes what it cleaned, in Avro, with the compression of the topic', async () => {
    const reading = { time: '2023-11-14T22:13:19Z', latitude: 59.91, longitude: 10.75, batteryPercent: 64 };
    const value = JSON.stringify({ deviceId: 'van-7', vehicleType: 'van', readings: [reading] });
    const given = {
      ...cloudEventHeaders('30000000-0000-5000-8000-000000000000'),
      ce_type: 'vehicle.telemetry.reported',
    };
    await taken(
      'telemetry-cleaner',
      mskEvent([mskRecord({ topic: 'telemetry.raw.v1', offset: 0, key: 'van-7', value, headers: given })]),
    );
    const [cleaned] = await recordsOf('vehicle.telemetry.v1');
    expect(cleaned?.key?.toString()).toBe('van-7');
    expect(codec.decodeRecord('VehicleTelemetry', undefined, cleaned?.value ?? Buffer.alloc(0)).value).toMatchObject({
      batteryPercent: 64,
    });
    expect(await count('consumer_state')).toBe(1);
  });

  test('the evaluator raises an alert', async () => {
    await taken('alert-evaluator', mskEvent([vehicleRecord(0, telemetry({ emergency: 'crash' }))]));
    expect((await recordsOf('vehicle.alerts.v1')).length).toBeGreaterThan(0);
  });

  test('the writer stores a reading, and sends a record that is none to its queue through the SDK of the runtime', async () => {
    const output = await taken(
      'timeseries-writer',
      mskEvent([vehicleRecord(0, telemetry()), vehicleRecord(1, Buffer.from('no reading'))]),
    );
    expect(await count('vehicle_reading')).toBe(1);
    expect(output).toContain('"CloudWatchMetrics"');
    const { Attributes } = await queue.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queue.queue.queueUrl('letters'),
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '1' });
  });

  test('the aggregator sums windows', async () => {
    await taken('window-aggregator', mskEvent([vehicleRecord(0, telemetry())]));
    expect(await count('reading_window')).toBeGreaterThan(0);
  });

  test('the dead-letter processor keeps a letter and tells of it', async () => {
    const Records = [
      {
        messageId: 'm-1',
        body: JSON.stringify(deadLetter(1)),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:letters',
        attributes: {},
      },
    ];
    await taken('dead-letter-processor', { Records });
    expect(await count('dead_letter')).toBe(1);
  });
});

/** The event as Amazon Data Firehose sends it for a source in MSK, of records with consecutive offsets. */
function firehoseEvent(topic: string, values: readonly Buffer[]) {
  const arrival = Date.UTC(2026, 10, 21, 12);
  return {
    invocationId: 'b4c2b6f5-6d1c-4a0d-8d6a-0d6d3a0a7c11',
    sourceMSKArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/event-bus-dev/0000',
    deliveryStreamArn: `arn:aws:firehose:eu-central-1:123456789012:deliverystream/event-bus-dev--${topic}`,
    region: 'eu-central-1',
    records: values.map((value, index) => ({
      recordId: `record-${index}`,
      approximateArrivalTimestamp: arrival,
      mskRecordMetadata: { offset: String(index), partitionId: '3', approximateArrivalTimestamp: arrival },
      kafkaRecordValue: value.toString('base64'),
    })),
  };
}

describe('the transformation of the delivery streams', () => {
  test('turns a recorded event into rows', async () => {
    const { answer } = await bundleOf('lake-transform').call(
      firehoseEvent('vehicle.telemetry.v1', [telemetry({ sequence: 7 })]),
    );
    const [record] = (answer as FirehoseKafkaResult).records;
    expect(record).toMatchObject({ recordId: 'record-0', result: 'Ok' });
    expect(JSON.parse(Buffer.from(record?.kafkaRecordValue ?? '', 'base64').toString())).toMatchObject({
      kafka_topic: 'vehicle.telemetry.v1',
      kafka_partition: 3,
      vehicleId: 'car-1',
      sequence: 7,
    });
  });

  test('trap 11: answers a full buffer of small framed records within the 6 MB that Lambda allows', async () => {
    const value = telemetry({ sequence: 7 });
    const records = Array.from({ length: Math.floor((transformBufferMb * 1024 * 1024) / value.length) }, () => value);
    const { answer } = await bundleOf('lake-transform').call(firehoseEvent('vehicle.telemetry.v1', records));
    const bytes = JSON.stringify(answer).length;
    process.stdout.write(
      `${records.length} records of ${value.length} bytes become an answer of ${(bytes / 1e6).toFixed(1)} MB\n`,
    );
    expect((answer as FirehoseKafkaResult).records).toHaveLength(records.length);
    expect(bytes).toBeLessThan(6 * 1024 * 1024);
  });
});
