import { connectAsync, type MqttClient } from 'mqtt';
import type { PublishResponse } from '../../src/services/ingest/messages.ts';
import { ingestClient } from '../services/ingest/ingest-client.ts';
import type { Bus } from './bus.ts';

const minuteMs = 60_000;
/** The whole ten minutes before the last three hours: every reading below lies in windows that can be foretold. */
export const startMs = Math.floor((Date.now() - 180 * minuteMs) / (10 * minuteMs)) * 10 * minuteMs;
const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();

/**
 * Sends what the test of the telemetry path follows: a van, a scooter, a turbine and a sensor, and what is refused.
 * @returns the answer to readings of which one is refused
 */
export async function sendStory({ mqtt, grpc }: Bus['endpoints']): Promise<PublishResponse> {
  await overMqtt(mqtt, 'van-7', async (van) => {
    const readings = [
      { time: at(0), sequence: 1, speedKmh: 36, batteryPercent: 81, latitude: 33.98, longitude: -6.86 },
      { time: at(1), sequence: 2, speedKmh: 36, batteryPercent: 80, altitudeM: -111 },
      // The date does not exist; the time of day is right.
      { time: at(2).replace(/^[\d-]+/, '2032-02-90'), sequence: 3, speedKmh: 30 },
      { time: at(3), sequence: 4, speedKmh: 0, emergency: 'crash' },
      { time: 'yesterday', sequence: 5 },
    ];
    await van.publishAsync('fleet/van-7/telemetry', json({ deviceId: 'van-7', vehicleType: 'van', readings }), qos1);
  });
  await overMqtt(mqtt, 'van-8', (van) => van.publishAsync('fleet/van-8/telemetry', '{"deviceId":"van-8","read', qos1));
  await overMqtt(mqtt, 'scooter-9', async (scooter) => {
    for (const seconds of [0, 30, 60, 60]) {
      await scooter.publishAsync('mobility/scooter-9/events', json(scooterEvent(seconds)), qos1);
    }
  });
  const partlyRefused = await overGrpc(grpc);
  for (const refused of refusedMessages) await refusedPublish(mqtt, refused);
  return partlyRefused;
}

const qos1 = { qos: 1 } as const;
const json = (value: unknown) => JSON.stringify(value);

function scooterEvent(seconds: number) {
  const place = { city: 'oslo', latitude: 59.91, longitude: 10.75 };
  const vehicle = { vehicleId: 'scooter-9', vehicleType: 'scooter', batteryPercent: 6 };
  return { sourceId: 'scooter-9', kind: 'TELEMETRY', time: at(seconds), ...vehicle, ...place };
}

const refusedMessages = [
  { device: 'van-7', topic: 'fleet/van-8/telemetry', payload: '{}' },
  { device: 'van-7', topic: 'fleet/van-7/telemetry', payload: ' '.repeat(128 * 1024 + 1) },
];

async function overMqtt(url: string, clientId: string, use: (client: MqttClient) => Promise<unknown>) {
  const client = await connectAsync(url, { clientId, reconnectPeriod: 0 });
  try {
    await use(client);
  } finally {
    await client.endAsync(true);
  }
}

/** Resolves when the gateway has ended the connection, as IoT Core does. */
async function refusedPublish(url: string, { device, topic, payload }: (typeof refusedMessages)[number]) {
  await overMqtt(url, device, async (client) => {
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish(topic, payload, qos1);
    await closed;
  });
}

const turbine = (index: number) => ({
  time: at(index * 600),
  sequence: index,
  activePowerKw: 90,
  windSpeedMs: 11,
  theoreticalPowerKw: 3000,
  intervalSeconds: 600,
});

const sensor = (index: number) => ({
  time: at(index),
  sequence: index,
  metric: 'temperature',
  value: 212,
  unit: 'F',
});

async function overGrpc(address: string): Promise<PublishResponse> {
  const client = ingestClient(address);
  try {
    await client.publish({
      messageId: 'turbines-1',
      deviceId: 'turbine-1',
      readings: [0, 1, 2, 3, 4, 5].map((index) => ({ turbine: turbine(index) })),
    });
    return await client.publish({
      deviceId: 'sensor-1',
      readings: [...[0, 1, 2].map((index) => ({ sensor: sensor(index) })), { sensor: { ...sensor(3), metric: '' } }],
    });
  } finally {
    client.close();
  }
}
