import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import type { Bus } from '../e2e/bus.ts';
import { sql } from '../e2e/observing.ts';
import type { Drill } from './drill.ts';
import { startLoad, untilCaughtUp } from './load.ts';
import { reorderedDevices } from './order.ts';
import { batchOf, json, publish } from './raw-messages.ts';

type Random = () => number;

const devices = 12;

/** Every number below `count` once to three times, near its place at first, and some again at the very end. */
export function disorderly(count: number, random: Random): readonly number[] {
  const sends: { readonly number: number; readonly at: number }[] = [];
  for (let number = 0; number < count; number += 1) {
    const copies = 1 + Math.floor(random() * 3);
    for (let copy = 0; copy < copies; copy += 1) sends.push({ number, at: number + random() * 25 });
    if (random() < 0.2) sends.push({ number, at: count + random() * 25 });
  }
  return sends.toSorted((left, right) => left.at - right.at).map(({ number }) => number);
}

interface Sending {
  readonly name: string;
  readonly url: string;
  readonly readings: readonly string[];
  readonly order: readonly number[];
  readonly random: Random;
}

/** A device that loses its connection now and then, and then sends again what has no acknowledgement, as QoS 1 asks. */
async function send({ name, url, readings, order, random }: Sending): Promise<void> {
  const client = await connectAsync(url, { clientId: name, reconnectPeriod: 20, clean: true, protocolVersion: 4 });
  const pending: Promise<unknown>[] = [];
  for (const number of order) {
    const payload = readings[number] ?? '';
    pending.push(publishUntilTaken(client, `fleet/${name}/telemetry`, payload));
    // The acknowledgements on their way are lost with the connection.
    if (random() < 0.02) client.stream.destroy();
    if (pending.length % 20 === 0) await sleep(5 + random() * 10);
  }
  await Promise.all(pending);
  await client.endAsync();
}

/** A message that was not sent when its connection ended is sent again. */
async function publishUntilTaken(client: MqttClient, topic: string, payload: string): Promise<void> {
  for (;;) {
    try {
      await client.publishAsync(topic, payload, { qos: 1 });
      return;
    } catch {
      await sleep(20);
    }
  }
}

/** The events of a topic once more, in any order, as a producer without idempotence may leave them behind. */
async function publishCopies(
  bus: Bus,
  topic: string,
  { most, random }: { readonly most: number; readonly random: Random },
) {
  const connection = { bootstrapServers: bus.endpoints.kafka };
  const found: { readonly key: string; readonly value: Buffer; readonly headers: Readonly<Record<string, string>> }[] =
    [];
  for await (const records of readTopic({ connection, topic })) {
    for (const { key, value, headers } of records) {
      if (value === null || found.length === most) continue;
      const texts = Object.fromEntries(headers.map(([name, bytes]) => [name, String(bytes)]));
      found.push({ key: String(key), value, headers: texts });
    }
  }
  const publisher = makePublisher({ connection, codec: makeCodec(), clientId: 'drill' });
  const shuffled = found.map((one) => ({ one, at: random() })).toSorted((left, right) => left.at - right.at);
  await publisher.send(shuffled.map(({ one }) => ({ topic, ...one })));
  await publisher.close();
  return found.length;
}

export const deliveryDrill: Drill = {
  name: 'redeliveries',
  title: 'devices send each message up to four times and in any order across reconnects, and producers leave copies',
  lengths: ['medium', 'long'],
  async run(context) {
    const { random } = context;
    const bus = await context.startBus();
    const load = startLoad(bus.dataDir, 200);
    const each = context.length === 'long' ? 2000 : 500;
    const startMs = Date.now() - each * 1000;
    const readingsOf = (name: string) =>
      Array.from({ length: each }, (_, sequence) => {
        const reading = {
          ...batchOf(name, sequence).readings[0],
          time: new Date(startMs + sequence * 1000).toISOString(),
        };
        return JSON.stringify({ ...batchOf(name, sequence), readings: [reading] });
      });
    const names = Array.from({ length: devices }, (_, index) => `restless-${index}`);
    const sent = await Promise.all(
      names.map(async (name) => {
        const order = disorderly(each, random);
        await send({ name, url: bus.endpoints.mqtt, readings: readingsOf(name), order, random });
        return order.length;
      }),
    );
    context.say(
      `${sent.reduce((sum, count) => sum + count, 0)} messages of ${devices * each} readings from ${devices} devices`,
    );
    const twice = json('twice', batchOf('twice', 1));
    await publish(bus, [twice, twice, twice]);
    const { acknowledged } = await load.stop();
    await untilCaughtUp(bus);
    const copies = await publishCopies(bus, 'vehicle.telemetry.v1', { most: each * 2, random });
    context.say(`${copies} cleaned readings published once more`);
    const recoveryMs = await untilCaughtUp(bus);
    const broken: string[] = [];
    const rows = await sql<{ vehicle: string; readings: number }>(
      bus,
      "select vehicle_id as vehicle, count(*)::int as readings from vehicle_reading where vehicle_id like 'restless-%' or vehicle_id = 'twice' group by 1",
    );
    for (const { vehicle, readings } of rows) {
      const wanted = vehicle === 'twice' ? 1 : each;
      if (readings !== wanted) broken.push(`${vehicle} has ${readings} readings in the series, sent ${wanted}`);
    }
    if (rows.length !== devices + 1) broken.push(`${rows.length} devices in the series, ${devices + 1} sent`);
    const reordered = await reorderedDevices(bus);
    if (reordered.length > 0) broken.push(`cleaned in another order than the log has: ${reordered.join(', ')}`);
    return { bus, recoveryMs, acknowledged, broken, disorderly: true };
  },
};
