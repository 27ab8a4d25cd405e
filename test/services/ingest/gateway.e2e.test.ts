import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { routesOf } from '../../../src/catalogue/lookup.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { type IngestGatewayOptions, startIngestGateway } from '../../../src/services/ingest/gateway.ts';
import type { StreamTelemetryResponse, WireReading } from '../../../src/services/ingest/messages.ts';
import { ingestClient, type TelemetryStream } from './ingest-client.ts';
import { eventually, MemoryLog, recordingLog } from './memory-log.ts';

const open: (() => Promise<void> | void)[] = [];
const codec = makeCodec();

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function gateway(options: Partial<IngestGatewayOptions> = {}) {
  const memory = new MemoryLog();
  const { log, lines } = recordingLog();
  const started = await startIngestGateway({
    host: '127.0.0.1',
    port: 0,
    routes: routesOf('grpc'),
    publisher: memory,
    codec,
    log,
    ...options,
  });
  open.push(() => started.close());
  const client = ingestClient(`127.0.0.1:${started.port}`);
  open.push(() => client.close());
  return { gateway: started, memory, lines, client };
}

const vehicle = (sequence: number, deviceId?: string): WireReading => ({
  ...(deviceId === undefined ? {} : { deviceId }),
  vehicle: { time: '2026-11-01T10:00:00+01:00', sequence, latitude: 33.9, speedKmh: 41.5, vehicleType: 'car' },
});

const time = '2026-11-01T10:00:00Z';

describe('Publish', () => {
  test('makes one batch of the vehicle readings of a device', async () => {
    const { client, memory } = await gateway();
    const readings = [vehicle(1, 'car-1'), vehicle(1, 'car-2'), vehicle(2, 'car-1')];
    expect(await client.publish({ sentAt: '2026-11-01T10:00:01Z', readings })).toMatchObject({ accepted: 3 });

    expect(memory.records.map(({ topic, key }) => [topic, key])).toEqual([
      ['telemetry.raw.v1', 'car-1'],
      ['telemetry.raw.v1', 'car-2'],
    ]);
    const { value } = codec.decode('TelemetryBatch', memory.records[0]?.value as Buffer);
    expect(value).toMatchObject({ deviceId: 'car-1', vehicleType: 'car', sentAt: Date.UTC(2026, 10, 1, 10, 0, 1) });
    expect(value.readings.map((reading) => reading.sequence)).toEqual([1, 2]);
    expect(value.readings[0]).toEqual({
      time: '2026-11-01T10:00:00+01:00',
      sequence: 1,
      latitude: 33.9,
      longitude: null,
      altitudeM: null,
      speedKmh: 41.5,
      gpsSpeedKmh: null,
      speedLimitKmh: null,
      batteryPercent: null,
      mode: null,
      odometerKm: null,
      temperatureC: null,
      humidityPercent: null,
      tripId: null,
      emergency: null,
      faults: [],
    });
    expect(memory.records[0]?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ce_source: '//grpc/car-1',
      ce_type: 'vehicle.telemetry.reported',
      ce_time: expect.stringMatching(/Z$/),
      ce_subject: 'car-1',
      'content-type': 'application/avro',
    });
  });

  test('makes one record of every other reading, on the topic of its kind', async () => {
    const { client, memory } = await gateway();
    const readings: WireReading[] = [
      { turbine: { time, activePowerKw: -2.47, intervalSeconds: 600 } },
      { sensor: { time, metric: 'temperature', value: 0, unit: 'C' } },
      { bay: { time, kind: 'VEHICLE_BAY_EVENT_KIND_DOCKED', stationId: 's-1', bikesAvailable: 0 } },
      { bay: { time, kind: 99 } },
    ];
    expect(await client.publish({ deviceId: 'd-1', readings })).toMatchObject({ accepted: 4 });
    const [turbine, sensor, docked, unknown] = memory.records.map((record) => record.value as Buffer);
    expect(memory.records.map(({ topic }) => topic)).toEqual([
      'wind.turbine.raw',
      'sensor.raw',
      'veh.events.raw',
      'veh.events.raw',
    ]);
    expect(codec.decode('TurbineReading', turbine as Buffer).value).toMatchObject({
      turbineId: 'd-1',
      activePowerKw: -2.47,
      intervalSeconds: 600,
      windSpeedMs: null,
    });
    expect(codec.decode('SensorReading', sensor as Buffer).value).toMatchObject({ sensorId: 'd-1', value: 0 });
    expect(codec.decode('VehicleBayEvent', docked as Buffer).value).toMatchObject({
      kind: 'DOCKED',
      bikesAvailable: 0,
    });
    expect(codec.decode('VehicleBayEvent', unknown as Buffer).value).toMatchObject({ kind: 'UNKNOWN' });
  });

  test('names reading, field and reason of what it rejects and keeps the rest', async () => {
    const { client, memory, gateway: gate } = await gateway();
    const readings: WireReading[] = [
      vehicle(1),
      { vehicle: { time: '' } },
      { turbine: { time, windSpeedMs: Number.NaN } },
      { sensor: { time, metric: 'x', unit: 'C' } },
      {},
      { ...vehicle(2), deviceId: 'no/device' },
      { vehicle: { time, tripId: 'x'.repeat(300) } },
      { vehicle: { time, faults: Array.from({ length: 65 }, String) } },
    ];
    const response = await client.publish({ deviceId: 'car-1', readings });
    expect(response.accepted).toBe(1);
    expect(
      response.rejected.map(({ index, field, code }) => [index, field, code.slice('EVENTBUS_INGEST_'.length)]),
    ).toEqual([
      [1, 'time', 'READING_INVALID'],
      [2, 'wind_speed_ms', 'READING_INVALID'],
      [3, 'value', 'READING_INVALID'],
      [4, 'kind', 'READING_INVALID'],
      [5, 'device_id', 'DEVICE_ID_INVALID'],
      [6, 'trip_id', 'READING_INVALID'],
      [7, 'faults', 'READING_INVALID'],
    ]);
    expect(response.rejected[1]?.message).toContain('wind_speed_ms is NaN, allowed is a finite number');
    expect(memory.records).toHaveLength(1);
    expect(gate.counters()).toMatchObject({
      accepted: 1,
      refused: { EVENTBUS_INGEST_READING_INVALID: 6, EVENTBUS_INGEST_DEVICE_ID_INVALID: 1 },
    });
  });

  test('gives a repeated message id the same event ids, and other messages others', async () => {
    const { client, memory } = await gateway();
    const request = { messageId: 'm-1', deviceId: 'car-1', readings: [vehicle(1), { turbine: { time } }] };
    await client.publish(request);
    await client.publish(request);
    await client.publish({ ...request, messageId: 'm-2' });
    await client.publish({ ...request, deviceId: 'car-2' });
    await client.publish({ deviceId: 'car-1', readings: [vehicle(1)] });
    await client.publish({ deviceId: 'car-1', readings: [vehicle(1)] });
    const ids = memory.records.map((record) => record.headers['ce_id']);
    expect(ids.slice(2, 4)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(ids.length - 2);
  });

  test('carries the trace context on', async () => {
    const { client, memory } = await gateway();
    const metadata = new Metadata();
    metadata.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    await client.publish({ deviceId: 'car-1', readings: [vehicle(1)] }, { metadata });
    expect(memory.records[0]?.headers['traceparent']).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  });

  test('is answered only after the log has the records', async () => {
    const { client, memory } = await gateway();
    const release = memory.hold();
    let answered = false;
    const publishing = client.publish({ deviceId: 'car-1', readings: [vehicle(1)] }).then(() => (answered = true));
    await eventually('a send under way', () => memory.sends === 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    release();
    await publishing;
    expect(memory.records).toHaveLength(1);
  });
});

describe('Publish within its limits', () => {
  test('fails as a whole when the request is not usable', async () => {
    const { client } = await gateway({ limits: { maxReadings: 2 } });
    const failed = { code: status.INVALID_ARGUMENT };
    await expect(client.publish({ deviceId: 'car-1', readings: [] })).rejects.toMatchObject(failed);
    const three = [vehicle(1), vehicle(2), vehicle(3)];
    await expect(client.publish({ deviceId: 'car-1', readings: three })).rejects.toMatchObject(failed);
    const messageId = 'x'.repeat(129);
    const long = client.publish({ deviceId: 'car-1', messageId, readings: [vehicle(1)] });
    const error = await long.catch((error: unknown) => error as ServiceError);
    expect(error).toMatchObject(failed);
    expect((error as ServiceError).metadata.get('event-bus-code')).toEqual(['EVENTBUS_INGEST_REQUEST_INVALID']);
  });

  test('refuses a message over the size limit', async () => {
    const { client, memory } = await gateway({ limits: { maxMessageBytes: 1_000 } });
    const readings = Array.from({ length: 100 }, (_, n) => vehicle(n));
    await expect(client.publish({ deviceId: 'car-1', readings })).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    expect(memory.sends).toBe(0);
  });

  test('rejects the readings of a record over the size limit', async () => {
    const { client, memory } = await gateway({ limits: { maxRecordBytes: 100 } });
    const readings = [vehicle(1), { turbine: { time } }, vehicle(2), vehicle(3)];
    const response = await client.publish({ deviceId: 'car-1', readings });
    expect(response.accepted).toBe(1);
    expect(response.rejected.map(({ index, code }) => [index, code])).toEqual([
      [0, 'EVENTBUS_INGEST_PAYLOAD_TOO_LARGE'],
      [2, 'EVENTBUS_INGEST_PAYLOAD_TOO_LARGE'],
      [3, 'EVENTBUS_INGEST_PAYLOAD_TOO_LARGE'],
    ]);
    expect(memory.records.map(({ topic }) => topic)).toEqual(['wind.turbine.raw']);
  });

  test('is to be repeated when the log is away, and not when the log will never take it', async () => {
    const { client, memory } = await gateway();
    const request = { deviceId: 'car-1', readings: [vehicle(1)] };
    memory.gate = () => Promise.reject(new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'broker gone'));
    await expect(client.publish(request)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    memory.gate = () => Promise.reject(new AppError('EVENTBUS_CODEC_TRUNCATED', 'the test says so'));
    await expect(client.publish(request)).rejects.toMatchObject({ code: status.INTERNAL });
  });

  test('ends at its deadline, and a request whose deadline has passed is not worked on', async () => {
    const { client, memory, gateway: gate } = await gateway();
    const release = memory.hold();
    const request = { deviceId: 'car-1', readings: [vehicle(1)] };
    const deadline = new Date(Date.now() + 60);
    await expect(client.publish(request, { deadline })).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    release();
    await eventually('nothing in flight', () => gate.counters().inFlight === 0);
    const sends = memory.sends;
    const late = { deadline: new Date(Date.now() - 10) };
    await expect(client.publish(request, late)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(memory.sends).toBe(sends);
  });

  test('is refused when too much waits for the log', async () => {
    const { client, memory, gateway: gate } = await gateway({ limits: { maxPendingBytes: 100 } });
    const release = memory.hold();
    const request = { deviceId: 'car-1', readings: [vehicle(1)] };
    const first = client.publish(request);
    await eventually('a send under way', () => memory.sends === 1);
    await expect(client.publish(request)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(gate.counters().refused).toEqual({ EVENTBUS_INGEST_OVERLOADED: 1 });
    release();
    await first;
    await client.publish(request);
    expect(gate.counters().pendingBytes).toBe(0);
  });
});

/** Collects the responses of a stream until it ends; the status says how it ended. */
function collect(stream: TelemetryStream) {
  const responses: StreamTelemetryResponse[] = [];
  stream.on('data', (response: StreamTelemetryResponse) => responses.push(response));
  stream.on('error', () => {});
  const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  return { responses, ended };
}

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

describe('closing', () => {
  test('answers what is under way, ends streams with UNAVAILABLE and takes nothing more', async () => {
    const { client, memory, gateway: gate } = await gateway();
    const release = memory.hold();
    const stream = client.stream();
    const { responses, ended } = collect(stream);
    stream.write({ request: { deviceId: 'car-1', readings: [vehicle(1)] } });
    const unary = client.publish({ deviceId: 'car-1', readings: [vehicle(2)] });
    await eventually('sends under way', () => memory.sends === 2);
    const closed = gate.close();
    setTimeout(release, 30);
    expect(await unary).toMatchObject({ accepted: 1 });
    expect(await ended).toBe(status.UNAVAILABLE);
    expect(responses).toHaveLength(1);
    await closed;
    await expect(client.publish({ deviceId: 'car-1', readings: [vehicle(3)] })).rejects.toMatchObject({
      code: status.UNAVAILABLE,
    });
    expect(memory.records).toHaveLength(2);
  });

  test('a taken port is named', async () => {
    const { gateway: gate } = await gateway();
    await expect(gateway({ port: gate.port })).rejects.toMatchObject({ code: 'EVENTBUS_LOCAL_PORT_TAKEN' });
  });

  test('a catalogue without the routes is refused at the start', async () => {
    await expect(gateway({ routes: [] })).rejects.toThrow('readings of kind vehicle');
  });
});
