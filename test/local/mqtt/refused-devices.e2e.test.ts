import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { closeAll, connect, ended, gateway, topic } from './gateway-rig.ts';

afterEach(closeAll);

describe('a device is refused and its connection ended', () => {
  const refusals: readonly [string, string, object, string][] = [
    ['when it publishes below another device', 'fleet/car-2/telemetry', { qos: 1 }, 'EVENTBUS_INGEST_TOPIC_DENIED'],
    ['when it publishes where no route leads', 'fleet/car-1/other', { qos: 1 }, 'EVENTBUS_INGEST_TOPIC_DENIED'],
    ['when it publishes system topics', '$SYS/x/heartbeat', { qos: 0 }, 'EVENTBUS_INGEST_TOPIC_DENIED'],
    ['when it publishes with QoS 2', topic, { qos: 2 }, 'EVENTBUS_INGEST_QOS_UNSUPPORTED'],
    ['when it asks to retain', topic, { qos: 1, retain: true }, 'EVENTBUS_INGEST_RETAIN_UNSUPPORTED'],
  ];
  test.each(refusals)('%s', async (...[, where, options, code]) => {
    const { gateway: gate, memory, lines } = await gateway();
    const client = await connect(gate.port, 'car-1');
    const closed = ended(client);
    client.publish(where, '{}', options);
    await closed;
    expect(gate.counters().refused).toEqual({ [code]: 1 });
    expect(lines.filter((line) => line.fields['code'] === code)).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({ device: 'car-1' });
    expect(memory.records).toHaveLength(0);
  });

  test('when its payload is one byte over the limit, and not at the limit', async () => {
    const { gateway: gate, memory } = await gateway();
    const client = await connect(gate.port, 'car-1');
    await client.publishAsync(topic, Buffer.alloc(128 * 1024, 32), { qos: 1 });
    expect(memory.records).toHaveLength(1);
    const closed = ended(client);
    client.publish(topic, Buffer.alloc(128 * 1024 + 1, 32), { qos: 1 });
    await closed;
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_PAYLOAD_TOO_LARGE: 1 });
    expect(memory.records).toHaveLength(1);
  });

  test('when it announces a huge packet, before the body is collected', async () => {
    const { gateway: gate } = await gateway();
    const client = await connect(gate.port, 'car-1');
    const closed = ended(client);
    client.stream.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 1]));
    await closed;
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_PAYLOAD_TOO_LARGE: 1 });
  });

  test('when its client id is not a device id', async () => {
    const { gateway: gate } = await gateway();
    await expect(connect(gate.port, 'car/1')).rejects.toMatchObject({ code: 2 });
    await expect(connect(gate.port, '+')).rejects.toMatchObject({ code: 2 });
    await expect(connect(gate.port, '')).rejects.toMatchObject({ code: 2 });
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_DEVICE_ID_INVALID: 3 });
  });

  test('when its last will lies outside its topics', async () => {
    const { gateway: gate } = await gateway();
    const will = { topic: 'fleet/car-2/telemetry', payload: Buffer.from('{}'), qos: 1, retain: false } as const;
    await expect(connect(gate.port, 'car-1', { will })).rejects.toMatchObject({ code: 5 });
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_TOPIC_DENIED: 1 });
  });

  test('when there are too many connections', async () => {
    const { gateway: gate } = await gateway({ limits: { maxConnections: 1 } });
    await connect(gate.port, 'car-1');
    const second = createConnection(gate.port, '127.0.0.1');
    await once(second, 'close');
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_CONNECTION_LIMIT: 1 });
    expect(gate.counters().connections).toBe(1);
  });
});
