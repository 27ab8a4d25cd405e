import { setTimeout as sleep } from 'node:timers/promises';
import { headers } from '../../src/catalogue/headers.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import type { Bus } from '../e2e/bus.ts';

/** What devices send, as the gateways write it: published here past the gateways, which would refuse some of it. */

export const rawTopic = 'telemetry.raw.v1';
const codec = makeCodec();
export const recordsPerSecond = 4000;
export const devices = 400;

export interface Message {
  readonly deviceId: string;
  readonly value: Buffer;
  readonly contentType: string;
}

export const batchOf = (deviceId: string, sequence: number) => ({
  deviceId,
  vehicleType: 'car',
  readings: [{ time: new Date().toISOString(), sequence, speedKmh: 30, batteryPercent: 80 }],
});

export const json = (deviceId: string, document: unknown): Message => {
  return { deviceId, value: Buffer.from(JSON.stringify(document)), contentType: 'application/json' };
};

/** What is wrong, four ways; the number tells the device. */
export const poisons: readonly ((deviceId: string) => Message)[] = [
  (deviceId) => ({ deviceId, value: Buffer.from('{"deviceId":"x","read'), contentType: 'application/json' }),
  (deviceId) => json(deviceId, { deviceId }),
  (deviceId) => json(deviceId, { deviceId, readings: 'none' }),
  (deviceId) => {
    const whole = codec.encode('TelemetryBatch', codec.parseJson('TelemetryBatch', batchOf(deviceId, 1)));
    return { deviceId, value: whole.subarray(0, whole.length - 9), contentType: 'application/avro' };
  },
];

/** Good messages with poison spread among them. */
export function* messages(good: number, poison: number, run: string): Generator<Message> {
  const every = poison === 0 ? Number.POSITIVE_INFINITY : Math.floor(good / poison);
  for (let index = 0, sent = 0; index < good; index += 1) {
    yield json(`${run}-${index % devices}`, batchOf(`${run}-${index % devices}`, Math.floor(index / devices)));
    if (index % every !== every - 1 || sent >= poison) continue;
    const make = poisons[sent % poisons.length];
    if (make !== undefined) yield make(`bad-${sent}`);
    sent += 1;
  }
}

export async function publish(
  bus: { readonly endpoints: Pick<Bus['endpoints'], 'kafka'> },
  all: Iterable<Message>,
  perSecond = recordsPerSecond,
): Promise<void> {
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const publisher = makePublisher({ connection, codec, clientId: 'drill' });
  const started = performance.now();
  let [sent, chunk]: [number, Message[]] = [0, []];
  const flush = async () => {
    await publisher.send(chunk.map(recordOf));
    sent += chunk.length;
    chunk = [];
    await sleep(Math.max(0, (sent / perSecond) * 1000 - (performance.now() - started)));
  };
  for (const message of all) {
    chunk.push(message);
    if (chunk.length >= perSecond / 10) await flush();
  }
  await flush();
  await publisher.close();
}

function recordOf({ deviceId, value, contentType }: Message) {
  const attributes = {
    [headers.specVersion]: '1.0',
    [headers.id]: crypto.randomUUID(),
    [headers.source]: `//mqtt/${deviceId}`,
    [headers.type]: 'vehicle.telemetry.reported',
    [headers.contentType]: contentType,
  };
  return { topic: rawTopic, key: deviceId, value, headers: attributes };
}
