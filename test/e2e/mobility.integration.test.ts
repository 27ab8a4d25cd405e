import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import type { DomainEvent, VehicleBayEvent } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { folders } from '../../src/local/platform/settings.ts';
import { readRoutedEvents } from '../../src/ports/event-router/event-router.folder.ts';
import { recordedHere, recordedNote, recordedPart } from '../make/recorded-data.ts';
import { ingestClient } from '../services/ingest/ingest-client.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { type Audited, audit, deadLetters, eventsOf, lake, sql } from './observing.ts';
import { lastSnapshots, newestUpdates, recordedTrips, storedAvailability, storedTrips } from './recorded-mobility.ts';

// One morning in three cities, told by devices and services alone; each test looks at another sink.

const startMs = Math.floor(Date.now() / 1000) * 1000 - 600_000;
const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();
const json = (value: unknown) => JSON.stringify(value);

const folder = temporaryFolder();
let bus: Bus;
let audited: Audited;

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '2'] });
  await Promise.all([stations(), scooters(), replay('gbfs', 786), replay('bikes', 200)]);
  await bookings();
  audited = await audit(bus);
}, 480_000);

afterAll(async () => {
  await killLeftovers();
  folder.remove();
});

async function devices(sourceId: string, events: readonly Partial<VehicleBayEvent>[]): Promise<void> {
  const client = await connectAsync(bus.endpoints.mqtt, { clientId: sourceId, reconnectPeriod: 0 });
  try {
    for (const event of events) {
      await client.publishAsync(`mobility/${sourceId}/events`, json({ sourceId, ...event }), { qos: 1 });
    }
  } finally {
    await client.endAsync(true);
  }
}

/** Five bikes at the first station; one is ridden to the second, which tells of it over gRPC, and once too often. */
async function stations(): Promise<void> {
  const first = { city: 'berlin', stationId: '1', vehicleType: 'bike' };
  await devices('berlin-station-1', [
    { ...first, kind: 'BAY_STATUS', time: at(0), bikesAvailable: 5, docksAvailable: 10 },
    { ...first, kind: 'UNDOCKED', time: at(60), vehicleId: 'bike-1' },
    { ...first, kind: 'BAY_STATUS', time: at(-60), bikesAvailable: 9, docksAvailable: 6 },
  ]);
  const client = ingestClient(bus.endpoints.grpc);
  try {
    const second = { city: 'berlin', stationId: '2', vehicleType: 'bike' };
    const docked = { ...second, kind: 'VEHICLE_BAY_EVENT_KIND_DOCKED', time: at(420), vehicleId: 'bike-1' };
    const status = {
      ...second,
      kind: 'VEHICLE_BAY_EVENT_KIND_BAY_STATUS',
      time: at(0),
      bikesAvailable: 0,
      docksAvailable: 3,
    };
    const readings = [status, docked, docked].map((bay) => ({ bay }));
    await client.publish({ deviceId: 'berlin-station-2', readings });
  } finally {
    client.close();
  }
}

const rides = (given: (index: number) => Partial<VehicleBayEvent>) =>
  [0, 1, 2].map((index) => ({
    kind: 'TELEMETRY' as const,
    time: at(100 + index * 10),
    city: 'paris',
    vehicleType: 'scooter',
    batteryPercent: 80,
    latitude: 48.86,
    longitude: 2.35,
    odometerKm: 120,
    ...given(index),
  }));

/** Three scooters: one low in charge, one out of town, one due for service. */
async function scooters(): Promise<void> {
  await Promise.all([
    devices(
      'scooter-low',
      rides(() => ({ batteryPercent: 8 })),
    ),
    devices(
      'scooter-far',
      rides(() => ({ latitude: 48.8, longitude: 2.12 })),
    ),
    devices(
      'scooter-old',
      rides((index) => ({ odometerKm: 499 + index })),
    ),
  ]);
}

async function replay(profile: 'gbfs' | 'bikes', rows: number): Promise<void> {
  if (!recordedHere) return;
  const { path } = recordedPart(profile, { folder: folder.path, rows });
  const flags = ['--profile', profile, '--via', 'grpc', '--data-dir', folder.path, '--json'];
  const { exitCode, errors } = await runVerb(['replay-file', path, ...flags]);
  if (exitCode !== 0) throw new Error(`replay-file ended with ${exitCode}: ${errors}`);
}

const event = (type: string, seconds: number, data: Partial<DomainEvent>) => ({
  specversion: '1.0',
  id: `${data.bookingId}-${type}`,
  source: '//bookings',
  type,
  time: at(seconds),
  data: { occurredAt: startMs + seconds * 1000, ...data },
});

/** A bike in German and euros, a scooter in Norwegian and kroner, a French one that runs out, and one in no language. */
async function bookings(): Promise<void> {
  const german = { bookingId: 'b-1', city: 'berlin', language: 'de-DE', currency: 'EUR', pickupStationId: '1' };
  const norwegian = { bookingId: 'b-2', city: 'oslo', language: 'nb', currency: 'NOK', vehicleId: 'scooter-7' };
  const french = { bookingId: 'b-3', city: 'paris', language: 'fr', currency: 'EUR', vehicleId: 'scooter-8' };
  const lines = [
    event('booking_created', 500, { ...german, vehicleType: 'bike', amountMinor: 150 }),
    event('booking_created', 500, { ...norwegian, vehicleType: 'scooter' }),
    event('payment_authorized', 502, { ...norwegian, amountMinor: 4900 }),
    event('rental_started', 510, { ...norwegian }),
    event('return_completed', 590, {
      ...norwegian,
      amountMinor: 5150,
      batteryPercent: 61,
      latitude: 59.92,
      longitude: 10.75,
    }),
    event('booking_created', 500, { ...french, vehicleType: 'scooter' }),
    event('booking_expired', 560, { ...french }),
  ];
  const flags = ['produce', 'domain.events', '--data-dir', folder.path];
  const { exitCode, errors } = await runVerb(flags, lines.map(json).join('\n'));
  if (exitCode !== 0) throw new Error(`produce ended with ${exitCode}: ${errors}`);
}

const available = async (query: string) => (await fetch(`${bus.endpoints.api}/api/availability?${query}`)).json();

const routed = () =>
  readRoutedEvents(folders(bus.dataDir).events)
    .filter(({ event }) => event.source === 'event-bus.mobility')
    .map(({ event }) => event);

describe('shared mobility', () => {
  test('leaves free vehicles and docks by station, in the read model and over HTTP', async () => {
    expect(await available('city=berlin')).toMatchObject({
      items: [
        { entityId: 'berlin/1', vehicles: 3, docks: 11, vehiclesByType: { bike: 3 } },
        { entityId: 'berlin/2', vehicles: 1, docks: 2 },
      ],
      totals: [{ city: 'berlin', vehicleType: 'bike', atStations: 4, freeFloating: 0, vehicles: 4 }],
      next: null,
    });
    expect(await available('kind=vehicle&city=oslo')).toMatchObject({
      items: [{ vehicleId: 'scooter-7', status: 'AVAILABLE', batteryPercent: 61, bookingId: null }],
    });
    expect(await available('kind=vehicle&vehicle-type=scooter&city=paris')).toMatchObject({
      items: [
        { vehicleId: 'scooter-8', status: 'AVAILABLE' },
        { vehicleId: 'scooter-far', status: 'AVAILABLE' },
        { vehicleId: 'scooter-low', status: 'OUT_OF_SERVICE' },
        { vehicleId: 'scooter-old', status: 'AVAILABLE' },
      ],
    });
  });

  test('leaves the same values as the newest of each key of the topic, and of the lake', async () => {
    const newest = await newestUpdates(bus);
    expect(newest).toEqual(await storedAvailability(bus));
    const inLake = await lake(
      bus.endpoints.lake,
      `SELECT entityId, arg_max(vehiclesAvailable, kafka_offset)::INTEGER AS vehicles FROM {veh.inventory.updates}
       WHERE kind = 'STATION' GROUP BY ALL ORDER BY entityId`,
    );
    const stations = newest.filter(({ kind }) => kind === 'STATION');
    expect(inLake).toEqual(stations.map(({ entityId, vehicles }) => ({ entityId, vehicles })));
  });

  test('keeps bookings in their languages and currencies', async () => {
    const rows = await sql(
      bus,
      `select booking_id as id, status, payment, language, currency, amount_minor::int as amount from mobility_booking order by 1`,
    );
    expect(rows).toEqual([
      { id: 'b-1', status: 'CREATED', payment: 'NONE', language: 'de-DE', currency: 'EUR', amount: 150 },
      { id: 'b-2', status: 'RETURNED', payment: 'AUTHORIZED', language: 'nb', currency: 'NOK', amount: 5150 },
      { id: 'b-3', status: 'EXPIRED', payment: 'NONE', language: 'fr', currency: 'EUR', amount: null },
    ]);
  });

  test('makes a trip of a ride that two stations tell of, over two protocols', async () => {
    const trips = await sql(
      bus,
      `select vehicle_id as bike, start_station_id as "from", end_station_id as "to", duration_seconds as seconds
       from mobility_trip where city = 'berlin'`,
    );
    expect(trips).toEqual([{ bike: 'bike-1', from: '1', to: '2', seconds: 360 }]);
  });

  test('has a fate for every event, and a reason for each that changed nothing', async () => {
    expect(audited.report).toMatchObject({ missing: 0, duplicated: 0 });
    const skips = await sql(
      bus,
      `select event_id is not null as named, reason, left(detail, 8) as detail from skipped_record
       where consumer = 'inventory-projector' order by reason, detail`,
    );
    expect(skips).toEqual([
      { named: true, reason: 'duplicate', detail: null },
      { named: true, reason: 'filtered', detail: 'late: of' },
    ]);
  });

  test('raises alerts on low charge, left areas and distance', async () => {
    const alerts = (await eventsOf(bus, 'alerts')).map(({ type, key, data }) => [
      type,
      key,
      data['kind'],
      data['city'],
    ]);
    expect(alerts.toSorted((left, right) => (String(left) < String(right) ? -1 : 1))).toEqual([
      ['alert.raised', 'scooter-far', 'geofence_violation', 'paris'],
      ['alert.raised', 'scooter-low', 'low_battery_alert', 'paris'],
      ['alert.raised', 'scooter-old', 'maintenance_required', 'paris'],
    ]);
  });

  test('hands alerts and booking events to the event router, as CloudEvents', async () => {
    for (const until = Date.now() + 30_000; routed().length < 10 && Date.now() < until; ) await sleep(100);
    const types = routed().map((one) => one['detail-type']);
    expect(types.filter((type) => type === 'alert.raised')).toHaveLength(3);
    expect(types.filter((type) => !type.startsWith('alert.'))).toHaveLength(7);
    const paid = routed().find((one) => one['detail-type'] === 'payment_authorized');
    expect(paid).toMatchObject({
      resources: ['domain.events/b-2'],
      detail: { id: 'b-2-payment_authorized', subject: 'b-2', data: { currency: 'NOK', amountMinor: 4900 } },
    });
  });

  test('dead-letters a booking in no language, and says what is wrong with it', async () => {
    const bad = { bookingId: 'b-4', occurredAt: startMs, city: 'oslo', language: 'norsk bokmål', currency: 'kr' };
    const codec = makeCodec();
    const publisher = makePublisher({
      connection: { bootstrapServers: bus.endpoints.kafka },
      codec,
      clientId: 'booking-service',
    });
    const value = codec.encode('DomainEvent', codec.parseJson('DomainEvent', bad));
    const headers = { ce_specversion: '1.0', ce_id: 'bad-1', ce_source: '//bookings', ce_type: 'booking_created' };
    await publisher.send([
      { topic: 'domain.events', key: 'b-4', value, headers: { ...headers, 'content-type': 'application/avro' } },
    ]);
    await publisher.close();
    const [letter] = await deadLetters(bus, 'inventory-projector');
    expect(letter).toMatchObject({ code: 'EVENTBUS_MOBILITY_BOOKING_INVALID', consumer: 'inventory-projector' });
    expect(letter?.message).toMatch(/language is "norsk bokmål".*currency is "kr"/);
  });
});

(recordedHere ? describe : describe.skip)(`recorded bikes in Oslo, first rows${recordedNote}`, () => {
  test('stand where the last snapshot of each station has them', async () => {
    const part = recordedPart('gbfs', { folder: folder.path, rows: 786 }).path;
    const stations = new Set(lastSnapshots(part).map(({ entityId }) => entityId));
    expect(stations.size).toBeGreaterThan(200);
    const moved = Object.keys(recordedTrips(recordedPart('bikes', { folder: folder.path, rows: 200 }).path).between)
      .flatMap((way) => way.split('>'))
      .map((station) => `oslo/${station}`);
    const still = (entityId: string) => stations.has(entityId) && !moved.includes(entityId);
    const stored = (await storedAvailability(bus))
      .filter(({ entityId }) => still(entityId))
      .map(({ entityId, vehicles, docks, updatedAt }) => ({ entityId, vehicles, docks, updatedAt }));
    expect(stored).toEqual(lastSnapshots(part).filter(({ entityId }) => still(entityId)));
  });

  test('make the trips of the file', async () => {
    const { rows: _rows, ...trips } = recordedTrips(recordedPart('bikes', { folder: folder.path, rows: 200 }).path);
    expect(await storedTrips(bus)).toEqual(trips);
  });
});
