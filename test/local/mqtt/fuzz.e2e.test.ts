import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { startMqttGateway } from '../../../src/local/mqtt/gateway.ts';
import { MemoryLog, recordingLog } from '../../services/ingest/memory-log.ts';
import { fleetRoute } from './routes.ts';

/** A small repeatable generator (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);

function frame(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, body.length]), body]);
}

const connectFrame = frame(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 60]), text('car-1')]));
const willFrame = frame(
  0x10,
  Buffer.concat([
    text('MQTT'),
    Buffer.from([4, 0xce, 0, 60]),
    ...['car-1', 'fleet/car-1/telemetry', 'x', 'u', 'p'].map(text),
  ]),
);
const packets = [
  frame(0x32, Buffer.concat([text('fleet/car-1/telemetry'), Buffer.from([0, 1]), Buffer.from('{}')])),
  frame(0x34, Buffer.concat([text('fleet/car-1/telemetry'), Buffer.from([0, 2]), Buffer.from('{}')])),
  frame(0x82, Buffer.concat([Buffer.from([0, 3]), text('fleet/car-1/commands'), Buffer.from([1])])),
  frame(0xa2, Buffer.concat([Buffer.from([0, 4]), text('fleet/car-1/commands')])),
  frame(0x62, Buffer.from([0, 5])),
  frame(0x40, Buffer.from([0, 6])),
  frame(0x50, Buffer.from([0, 7])),
  frame(0x70, Buffer.from([0, 8])),
  frame(0x20, Buffer.from([0, 0])),
  frame(0xf0, Buffer.from([0, 0])),
  frame(0xc0, Buffer.alloc(0)),
  frame(0xe0, Buffer.alloc(0)),
  connectFrame,
];

/** A session of well-formed packets with some bytes changed, dropped or doubled. */
function mutated(random: () => number): Buffer {
  const pick = () => packets[Math.floor(random() * packets.length)] as Buffer;
  const start = random() < 0.8 ? [random() < 0.7 ? connectFrame : willFrame] : [];
  const bytes = Buffer.concat([...start, ...Array.from({ length: 1 + Math.floor(random() * 5) }, pick)]);
  for (let edits = Math.floor(random() * 4); edits > 0; edits -= 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return random() < 0.3 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

test('1,000 sessions of mutated packets leave the gateway serving', async () => {
  const memory = new MemoryLog();
  const { log } = recordingLog();
  const gateway = await startMqttGateway({ host: '127.0.0.1', port: 0, routes: [fleetRoute], publisher: memory, log });
  const random = seeded(20_260);
  const attack = async () => {
    const socket = createConnection(gateway.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    const closed = once(socket, 'close');
    socket.end(mutated(random));
    await closed;
  };
  for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 20 }, attack));

  const client = await connectAsync(`mqtt://127.0.0.1:${gateway.port}`, { clientId: 'car-2', reconnectPeriod: 0 });
  await client.publishAsync('fleet/car-2/telemetry', 'still here', { qos: 1 });
  expect(memory.records.map(({ value }) => value?.toString())).toContain('still here');
  expect(gateway.counters().refused['EVENTBUS_INGEST_PROTOCOL_ERROR']).toBeGreaterThan(100);
  await client.endAsync(true);
  await gateway.close();
  expect(gateway.counters()).toMatchObject({ pendingBytes: 0, pendingRecords: 0, connections: 0 });
});
