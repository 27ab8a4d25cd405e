import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { type EventPublisher, makePublisher } from '../../../src/kafka/publisher.ts';
import { readTopic } from '../../../src/kafka/reader.ts';
import type { EmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { type MqttGateway, startMqttGateway } from '../../../src/local/mqtt/gateway.ts';
import { type IngestGateway, startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import { startEmbeddedLog } from '../../bench/embedded-log.ts';
import { lastingPort } from '../../make/lasting-port.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { type IngestClient, ingestClient } from './ingest-client.ts';
import { recordingLog } from './memory-log.ts';

const topics = ['telemetry.raw.v1', 'wind.turbine.raw'];
const directory = temporaryDirectory();
const codec = makeCodec();
const { routes } = catalogue;
let kafka: EmbeddedKafka;
let publisher: EventPublisher;
let mqtt: MqttGateway;
let grpc: IngestGateway;
let client: IngestClient;

beforeAll(async () => {
  kafka = await startEmbeddedLog(directory.path, topics, await lastingPort());
  publisher = makePublisher({ connection: kafka, codec, clientId: 'ingest-test' });
  const { log } = recordingLog();
  mqtt = await startMqttGateway({ host: '127.0.0.1', port: 0, routes, publisher, log });
  grpc = await startIngestGateway({ host: '127.0.0.1', port: 0, routes, publisher, codec, log });
  client = ingestClient(`127.0.0.1:${grpc.port}`);
});

afterAll(async () => {
  client.close();
  await Promise.all([mqtt.close(), grpc.close()]);
  await publisher.close();
  await kafka.close();
  directory.remove();
});

/** Everything in a topic: values decoded as its consumers do. */
async function stored(topic: string, subject: 'TelemetryBatch' | 'TurbineReading') {
  const found = [];
  for await (const batch of readTopic({ connection: kafka, topic })) {
    for (const record of batch) {
      const headers = Object.fromEntries(record.headers.map(([name, bytes]) => [name, bytes?.toString()]));
      const value = codec.decodeRecord(subject, headers['content-type'], record.value as Buffer).value;
      found.push({ key: String(record.key), headers, value });
    }
  }
  return found;
}

test('what devices send over MQTT and gRPC lies in the same topic in the same terms', async () => {
  const device = await connectAsync(`mqtt://127.0.0.1:${mqtt.port}`, { clientId: 'car-1' });
  const reading = { time: '2026-11-01T10:00:00Z', sequence: 1, batteryPercent: 81 };
  const json = JSON.stringify({ deviceId: 'car-1', vehicleType: 'car', readings: [reading] });
  await device.publishAsync('fleet/car-1/telemetry', json, { qos: 1 });
  const avro = codec.encode('TelemetryBatch', codec.parseJson('TelemetryBatch', JSON.parse(json)));
  await device.publishAsync('fleet/car-1/telemetry/avro', avro, { qos: 1 });
  await device.endAsync();
  await client.publish({ deviceId: 'car-1', readings: [{ vehicle: { ...reading, vehicleType: 'car' } }] });

  const records = await stored('telemetry.raw.v1', 'TelemetryBatch');
  expect(records.map(({ key, headers }) => [key, headers['ce_source'], headers['content-type']])).toEqual([
    ['car-1', '//mqtt/car-1', 'application/json'],
    ['car-1', '//mqtt/car-1', 'application/avro'],
    ['car-1', '//grpc/car-1', 'application/avro'],
  ]);
  expect(records[1]?.value).toEqual(records[0]?.value);
  expect(records[2]?.value).toEqual(records[0]?.value);
});

test('nothing acknowledged is lost when the broker goes away for a moment', async () => {
  const device = await connectAsync(`mqtt://127.0.0.1:${mqtt.port}`, { clientId: 't-1' });
  const acknowledged = new Set<number>();
  const send = async (sequence: number) => {
    const body = JSON.stringify({ turbineId: 't-1', time: '2026-11-01T10:00:00Z', sequence });
    await device.publishAsync('wind/t-1/readings', body, { qos: 1 });
    acknowledged.add(sequence);
  };
  const sent = Array.from({ length: 300 }, (_, sequence) => send(sequence));
  const { port } = kafka;
  await kafka.close();
  const during = Array.from({ length: 300 }, (_, n) => send(300 + n));
  await new Promise((resolve) => setTimeout(resolve, 100));
  kafka = await startEmbeddedLog(directory.path, topics, port);
  await Promise.all([...sent, ...during]);
  await device.endAsync();

  expect(acknowledged.size).toBe(600);
  const records = await stored('wind.turbine.raw', 'TurbineReading');
  const sequences = new Set(records.map(({ value }) => ('sequence' in value ? value.sequence : -1)));
  expect(sequences).toEqual(acknowledged);
});
