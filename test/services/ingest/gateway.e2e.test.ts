import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { WireReading } from '../../../src/services/ingest/messages.ts';
import { closeAll, codec, gateway, vehicle } from './gateway-rig.ts';
import { collect } from './ingest-client.ts';
import { eventually } from './memory-log.ts';

afterEach(closeAll);

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
    // On the same connection: behind it, nothing of the first request is still to come.
    await client.publish(request);
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
