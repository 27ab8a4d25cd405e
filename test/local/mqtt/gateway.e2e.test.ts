import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { eventually } from '../../services/ingest/memory-log.ts';
import { closeAll, connect, ended, gateway, topic } from './gateway-rig.ts';

afterEach(closeAll);

/** A client that does not wait for CONNACK before it publishes with QoS 1. */
function connectThenPublish(clientId: string, at: string): Buffer {
  const connectFrame = frame(0x10, [text('MQTT'), Buffer.from([4, 2, 0, 60]), text(clientId)]);
  return Buffer.concat([connectFrame, frame(0x32, [text(at), Buffer.from([0, 1]), Buffer.from('{}')])]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
}

function frame(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, body.length]), body]);
}

describe('a message of a device', () => {
  test('becomes the record that the IoT rule would write', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const client = await connect(port, 'car-1');
    await client.publishAsync(topic, '{"deviceId":"car-1","readings":[]}', { qos: 1 });

    expect(memory.records).toHaveLength(1);
    const record = memory.records[0];
    expect(record).toMatchObject({ topic: 'telemetry.raw.v1', key: 'car-1' });
    expect(record?.value?.toString()).toBe('{"deviceId":"car-1","readings":[]}');
    expect(record?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ce_source: '//mqtt/car-1',
      ce_type: 'vehicle.telemetry.reported',
      ce_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ce_subject: 'car-1',
      'content-type': 'application/json',
    });
  });

  test('below the avro topic keeps its bytes and is marked as Avro', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const client = await connect(port, 'car-1');
    const bytes = Buffer.from([3, 0, 255, 254, 0, 7]);
    await client.publishAsync(`${topic}/avro`, bytes, { qos: 1 });
    expect(memory.records[0]?.headers['content-type']).toBe('application/avro');
    expect(memory.records[0]?.value?.equals(bytes)).toBe(true);
  });

  test('is taken with QoS 0 as well', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const client = await connect(port, 't-1');
    await client.publishAsync('wind/t-1/readings', '{}', { qos: 0 });
    await eventually('a record', () => memory.records.length === 1);
    expect(memory.records[0]?.topic).toBe('wind.turbine.raw');
  });

  test('is acknowledged only after the log has it', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const release = memory.hold();
    const client = await connect(port, 'car-1');
    let acknowledged = false;
    const published = client.publishAsync(topic, '{}', { qos: 1 }).then(() => (acknowledged = true));
    await eventually('a send under way', () => memory.sends === 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(acknowledged).toBe(false);
    release();
    await published;
    expect(memory.records).toHaveLength(1);
  });

  test('waits through an outage of the log and is then acknowledged once', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    let failures = 2;
    memory.gate = async () => {
      failures -= 1;
      if (failures >= 0) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'broker gone');
    };
    const client = await connect(port, 'car-1');
    await client.publishAsync(topic, '{}', { qos: 1 });
    expect(memory.sends).toBe(3);
    expect(memory.records).toHaveLength(1);
  });

  test('that the log will never take is refused without harming the others of its batch', async () => {
    const { gateway: gate, memory } = await gateway();
    memory.gate = async (records) => {
      if (records.some((record) => record.value?.toString() === 'bad')) {
        throw new AppError('EVENTBUS_CODEC_TRUNCATED', 'the test says so');
      }
    };
    const good = await connect(gate.port, 'car-1');
    const bad = await connect(gate.port, 'car-2');
    const closed = ended(bad);
    bad.publish('fleet/car-2/telemetry', 'bad', { qos: 1 });
    await Promise.all([...Array(20).keys()].map((n) => good.publishAsync(topic, String(n), { qos: 1 })));
    await closed;
    expect(memory.records.map((record) => record.value?.toString())).toEqual([...Array(20).keys()].map(String));
    expect(gate.counters().refused).toEqual({ EVENTBUS_CODEC_TRUNCATED: 1 });
  });
});

describe('sessions', () => {
  test('a last will below the own topics is published when the connection breaks', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const will = { topic, payload: Buffer.from('{"gone":true}'), qos: 1, retain: false } as const;
    const client = await connect(port, 'car-1', { will });
    client.stream.destroy();
    await eventually('the will', () => memory.records.length === 1);
    expect(memory.records[0]?.value?.toString()).toBe('{"gone":true}');
  });

  test('a device hears its own commands and may subscribe to nothing else', async () => {
    const { gateway: gate } = await gateway();
    const client = await connect(gate.port, 'car-1');
    const granted = await client.subscribeAsync('fleet/car-1/commands', { qos: 1 });
    expect(granted[0]?.qos).toBe(1);
    for (const other of ['fleet/car-2/commands', 'fleet/+/commands', '#', topic, '$SYS/#']) {
      await expect(client.subscribeAsync(other, { qos: 1 })).rejects.toThrow('Subscribe error');
    }
    const heard = new Promise((resolve) => client.once('message', (at, body) => resolve([at, body.toString()])));
    expect(await gate.sendCommand('car-1', 'stop')).toBe(true);
    expect(await heard).toEqual(['fleet/car-1/commands', 'stop']);
    expect(await gate.sendCommand('car-9', 'stop')).toBe(false);
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_SUBSCRIPTION_DENIED: 5 });
  });

  test('a second connection with the same id takes over', async () => {
    const {
      gateway: { port },
      memory,
    } = await gateway();
    const first = await connect(port, 'car-1');
    const closed = ended(first);
    const second = await connect(port, 'car-1');
    await closed;
    await second.publishAsync(topic, '{}', { qos: 1 });
    expect(memory.records).toHaveLength(1);
  });

  test('a silent client is dropped after one and a half keep-alive periods', async () => {
    const { gateway: gate } = await gateway();
    const started = performance.now();
    const client = await connect(gate.port, 'car-1', { keepalive: 1, reschedulePings: false });
    client.stream.pause();
    (client as unknown as { sendPing: () => void }).sendPing = () => {};
    await eventually('the client dropped', () => gate.counters().connections === 0);
    expect(performance.now() - started).toBeGreaterThan(1_450);
    expect(gate.counters().refused).toEqual({});
  });
});

describe('a slow log', () => {
  test('stops the reading of sockets, so that memory stays bounded, and loses nothing', async () => {
    const { gateway: gate, memory, lines } = await gateway({ limits: { maxPendingBytes: 256 * 1024 } });
    const release = memory.hold();
    const clients = await Promise.all([1, 2, 3, 4].map((n) => connect(gate.port, `car-${n}`)));
    const body = Buffer.alloc(8_000, 32);
    const published = clients.flatMap((client, n) =>
      [...Array(100).keys()].map(() => client.publishAsync(`fleet/car-${n + 1}/telemetry`, body, { qos: 1 })),
    );
    await eventually('the gate closes', () => !gate.counters().reading);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // One chunk of 64 KB a connection may pass the gate beyond the limit.
    expect(gate.counters().pendingBytes).toBeLessThan(256 * 1024 + 4 * 90 * 1024);
    release();
    await Promise.all(published);
    expect(memory.records).toHaveLength(400);
    expect(gate.counters()).toMatchObject({ accepted: 400, pendingBytes: 0, pendingRecords: 0, reading: true });
    expect(lines.map((line) => line.fields['full'])).toContain(true);
  });

  test('lets devices connect while it waits, and ends connections rather than grow without bound', async () => {
    const { gateway: gate, memory } = await gateway({ limits: { maxPendingBytes: 20_000 } });
    const release = memory.hold();
    const body = Buffer.alloc(9_000, 32);
    let closed = 0;
    for (let n = 0; n < 8; n += 1) {
      const client = await connect(gate.port, `car-${n}`);
      client.on('close', () => (closed += 1));
      client.publish(`fleet/car-${n}/telemetry`, body, { qos: 1 });
      client.publish(`fleet/car-${n}/telemetry`, body, { qos: 1 });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(gate.counters().connections).toBe(8 - closed);
    expect(gate.counters().pendingBytes).toBeLessThan(60_000);
    release();
    await eventually('all settled', () => gate.counters().pendingBytes === 0);
  });

  test('refuses what arrives with the connection itself when far too much waits', async () => {
    const { gateway: gate, memory } = await gateway({ limits: { maxPendingBytes: 1_000 } });
    const release = memory.hold();
    const client = await connect(gate.port, 'car-0');
    client.publish('fleet/car-0/telemetry', Buffer.alloc(9_000, 32), { qos: 1 });
    await eventually('the gate closes', () => !gate.counters().reading);
    const hasty = createConnection(gate.port, '127.0.0.1');
    hasty.on('error', () => {});
    hasty.resume();
    hasty.write(connectThenPublish('car-1', 'fleet/car-1/telemetry'));
    await once(hasty, 'close');
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_LOG_UNAVAILABLE: 1 });
    release();
  });

  test('gathers many messages into one request', async () => {
    const { gateway: gate, memory } = await gateway();
    memory.gate = () => new Promise((resolve) => setTimeout(resolve, 5));
    const client = await connect(gate.port, 'car-1');
    await Promise.all([...Array(500).keys()].map((n) => client.publishAsync(topic, String(n), { qos: 1 })));
    expect(memory.records.map((record) => record.value?.toString())).toEqual([...Array(500).keys()].map(String));
    expect(memory.sends).toBeLessThan(50);
  });
});

describe('closing', () => {
  test('waits for what is under way and acknowledges it', async () => {
    const { gateway: gate, memory } = await gateway();
    const release = memory.hold();
    const client = await connect(gate.port, 'car-1');
    const published = client.publishAsync(topic, '{}', { qos: 1 });
    await eventually('a send under way', () => memory.sends === 1);
    const closed = gate.close();
    setTimeout(release, 20);
    await Promise.all([published, closed]);
    expect(memory.records).toHaveLength(1);
  });

  test('gives up on a log that stays away, without acknowledging', async () => {
    const { gateway: gate, memory } = await gateway({ limits: { drainMs: 50 } });
    memory.gate = () => Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'broker gone'));
    const client = await connect(gate.port, 'car-1');
    let acknowledged = false;
    client.publish(topic, '{}', { qos: 1 }, (error) => (acknowledged = error === undefined));
    await eventually('a send under way', () => memory.sends > 0);
    await gate.close();
    expect(acknowledged).toBe(false);
  });

  test('a taken port is named', async () => {
    const { gateway: gate } = await gateway();
    await expect(gateway({ port: gate.port })).rejects.toMatchObject({ code: 'EVENTBUS_LOCAL_PORT_TAKEN' });
  });
});
