import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { closeAll, codec, gateway, vehicle } from './gateway-rig.ts';
import { collect } from './ingest-client.ts';
import { eventually } from './memory-log.ts';

afterEach(closeAll);

describe('StreamTelemetry', () => {
  test('answers every request by its place and message id', async () => {
    const { client, memory } = await gateway();
    const stream = client.stream();
    const { responses, ended } = collect(stream);
    for (let n = 0; n < 200; n += 1) {
      const messageId = n % 2 === 0 ? { messageId: `m-${n}` } : {};
      stream.write({ request: { ...messageId, deviceId: 'car-1', readings: [vehicle(n)] } });
    }
    stream.write({ request: { deviceId: 'car-1', readings: [] } });
    stream.write({ request: { deviceId: 'car-1', readings: [vehicle(1), { vehicle: {} }] } });
    stream.end();
    expect(await ended).toBe(status.OK);
    expect(responses).toHaveLength(202);
    const placed = responses.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
    expect(placed[4]).toMatchObject({ position: 4, messageId: 'm-4', accepted: 1 });
    expect(placed[5]).not.toHaveProperty('messageId');
    expect(placed[200]?.rejected[0]).toMatchObject({ code: 'EVENTBUS_INGEST_REQUEST_INVALID' });
    expect(placed[200]?.rejected[0]).not.toHaveProperty('index');
    expect(placed[201]).toMatchObject({ accepted: 1, rejected: [{ index: 1, field: 'time' }] });
    expect(memory.records).toHaveLength(201);
  });

  test('reads no further than allowed while the log is slow, and loses nothing', async () => {
    const { client, memory, gateway: gate } = await gateway({ limits: { maxInFlightPerStream: 8 } });
    const release = memory.hold();
    const stream = client.stream();
    const { responses, ended } = collect(stream);
    for (let n = 0; n < 300; n += 1) stream.write({ request: { deviceId: 'car-1', readings: [vehicle(n)] } });
    stream.end();
    await eventually('sends under way', () => memory.sends >= 8);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(memory.sends).toBe(8);
    expect(gate.counters()).toMatchObject({ inFlight: 8, streams: 1 });
    release();
    expect(await ended).toBe(status.OK);
    expect(responses).toHaveLength(300);
    const sequences = memory.records.map(
      (record) => codec.decode('TelemetryBatch', record.value as Buffer).value.readings[0]?.sequence,
    );
    expect(sequences).toEqual([...Array(300).keys()]);
    expect(gate.counters()).toMatchObject({ inFlight: 0, streams: 0, pendingBytes: 0 });
  });

  test('waits for room when other calls fill the memory for pending records', async () => {
    const { client, memory, gateway: gate } = await gateway({ limits: { maxPendingBytes: 300 } });
    const release = memory.hold();
    const streams = [client.stream(), client.stream(), client.stream()];
    const collected = streams.map(collect);
    for (const stream of streams) {
      for (let n = 0; n < 20; n += 1) stream.write({ request: { deviceId: 'car-1', readings: [vehicle(n)] } });
      stream.end();
    }
    await eventually('sends under way', () => memory.sends >= 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(gate.counters().pendingBytes).toBeLessThanOrEqual(300);
    release();
    for (const { ended } of collected) expect(await ended).toBe(status.OK);
    expect(memory.records).toHaveLength(60);
  });

  test('ends with UNAVAILABLE when the log is away, after answering what was stored', async () => {
    const { client, memory } = await gateway();
    const stream = client.stream();
    const { responses, ended } = collect(stream);
    stream.write({ request: { deviceId: 'car-1', readings: [vehicle(1)] } });
    await eventually('the first response', () => responses.length === 1);
    memory.gate = () => Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'broker gone'));
    stream.write({ request: { deviceId: 'car-1', readings: [vehicle(2)] } });
    expect(await ended).toBe(status.UNAVAILABLE);
    expect(responses).toHaveLength(1);
  });

  test('that the client cancels leaves nothing behind', async () => {
    const { client, memory, gateway: gate } = await gateway();
    const release = memory.hold();
    const stream = client.stream();
    const { ended } = collect(stream);
    stream.write({ request: { deviceId: 'car-1', readings: [vehicle(1)] } });
    await eventually('a send under way', () => memory.sends === 1);
    stream.cancel();
    expect(await ended).toBe(status.CANCELLED);
    release();
    await eventually('the stream is gone', () => gate.counters().streams === 0 && gate.counters().inFlight === 0);
  });
});
