import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { openLocalIssuer } from '../../src/local/auth/local-issuer.ts';
import { folders } from '../../src/local/platform/settings.ts';
import { readRoutedEvents } from '../../src/ports/event-router/event-router.folder.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { eventsOf, sql } from './observing.ts';

// One day of a small fleet, told from outside; each test builds on the ones before.

const folder = temporaryFolder();
const qos1 = { qos: 1 } as const;
let bus: Bus;
let van: Vehicle;

interface Told {
  readonly commandId: string;
  readonly command: string;
  readonly attempt: number;
}

/** A vehicle as its maker builds it: telemetry up, commands down, replies up. */
class Vehicle {
  readonly told: Told[] = [];
  readonly id: string;
  readonly #client: MqttClient;
  #sequence = 0;

  private constructor(id: string, client: MqttClient) {
    this.id = id;
    this.#client = client;
    client.on('message', (_topic, payload) => this.told.push(JSON.parse(payload.toString())));
  }

  static async connect(id: string): Promise<Vehicle> {
    const client = await connectAsync(bus.endpoints.mqtt, { clientId: id, reconnectPeriod: 0 });
    const vehicle = new Vehicle(id, client);
    await client.subscribeAsync(`fleet/${id}/commands`, qos1);
    await vehicle.reply({ state: 'LISTENING' });
    return vehicle;
  }

  async report(reading: object): Promise<void> {
    this.#sequence += 1;
    const place = { latitude: 59.913, longitude: 10.74, batteryPercent: 80 };
    const readings = [{ time: new Date().toISOString(), sequence: this.#sequence, ...place, ...reading }];
    const body = { deviceId: this.id, vehicleType: 'van', readings };
    await this.#client.publishAsync(`fleet/${this.id}/telemetry`, JSON.stringify(body), qos1);
  }

  async reply(body: object): Promise<void> {
    await this.#client.publishAsync(`fleet/${this.id}/replies`, JSON.stringify({ vehicleId: this.id, ...body }), qos1);
  }

  /** The next command of a kind, which it then carries out. */
  async obey(command: string): Promise<Told> {
    const told = await until(async () => this.told.find((one) => one.command === command));
    for (const state of ['ACCEPTED', 'EXECUTED']) await this.reply({ commandId: told.commandId, state });
    return told;
  }

  async leave(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

/** Waits until there is an answer. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 30_000; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${look.toString().slice(0, 200)}`);
    await sleep(150);
  }
}

async function api(
  method: string,
  path: string,
  { body, token }: { readonly body?: object; readonly token?: string } = {},
) {
  const answer = await fetch(`${bus.endpoints.api}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      'event-bus-actor': 'anna',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

async function send(vehicleId: string, command: object): Promise<string> {
  const { status, body } = await api('POST', `/api/vehicles/${vehicleId}/commands`, { body: command });
  expect(status).toBe(202);
  return String(body['commandId']);
}

const commandIn = (commandId: string, state: string) =>
  until(async () => {
    const { body } = await api('GET', `/api/commands/${commandId}`);
    return body['state'] === state ? body : undefined;
  });

const vehicleIs = (vehicleId: string, status: string) =>
  until(async () => {
    const rows = await sql(
      bus,
      `select 1 from fleet_vehicle where vehicle_id = '${vehicleId}' and status = '${status}'`,
    );
    return rows.length > 0 ? rows : undefined;
  });

const oneEvent = (topic: string, wanted: (data: Readonly<Record<string, unknown>>) => boolean) =>
  until(async () => (await eventsOf(bus, topic)).find(({ data }) => wanted(data)));

/** What a topic holds, once there is so much: events follow the rows that the API answers from. */
const eventsOnce = (topic: string, count: number) =>
  until(async () => {
    const events = await eventsOf(bus, topic);
    return events.length < count ? undefined : events;
  });

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines() });
}, 120_000);

afterAll(async () => {
  await van?.leave();
  await killLeftovers();
  folder.remove();
});

test('a command reaches its vehicle, and every step of it is told', async () => {
  van = await Vehicle.connect('van-7');
  await van.report({ speedKmh: 0 });
  await vehicleIs('van-7', 'STANDING');
  const commandId = await send('van-7', { kind: 'start-charging' });
  const told = await van.obey('START_CHARGING');
  expect(told).toMatchObject({ commandId, attempt: 1, requiresAck: true });
  expect(await commandIn(commandId, 'EXECUTED')).toMatchObject({ rule: 'allowed', issuedBy: 'operator:api:anna' });

  const states = (await eventsOnce('vehicle.commands.v1', 3)).map(({ type, data }) => [type, data['state']]);
  expect(states).toEqual([
    ['vehicle.command.issued', 'ISSUED'],
    ['vehicle.command.acknowledged', 'ACCEPTED'],
    ['vehicle.command.completed', 'EXECUTED'],
  ]);
  const operations = (await eventsOnce('fleet.operations.v1', 3)).map(({ data }) => [data['kind'], data['status']]);
  expect(operations).toEqual([
    ['RECHARGE', 'PLANNED'],
    ['RECHARGE', 'STARTED'],
    ['RECHARGE', 'COMPLETED'],
  ]);
});

test('nobody locks a vehicle that is moving, and a rider does not act as an operator', async () => {
  await van.report({ speedKmh: 36, tripId: 'trip-1' });
  await vehicleIs('van-7', 'MOVING');
  const commandId = await send('van-7', { kind: 'lock' });
  expect(await commandIn(commandId, 'REJECTED')).toMatchObject({ resultCode: 'policy:moving', attempts: 0 });
  const issuer = await openLocalIssuer(folders(folder.path).auth);
  const token = await issuer.issue({ user: 'rider-1', roles: [], lifetimeMs: 60_000 });
  const refused = await api('POST', '/api/vehicles/van-7/commands', { body: { kind: 'stop', as: 'operator' }, token });
  expect(refused).toMatchObject({ status: 403, body: { code: 'EVENTBUS_FLEET_ROLE_DENIED' } });
});

test('a vehicle that was away gets what is still valid, and never what has expired', async () => {
  const late = await send('van-8', { kind: 'signal', expiresInSeconds: 1 });
  const valid = await send('van-8', { kind: 'unlock', expiresInSeconds: 60 });
  await commandIn(late, 'EXPIRED');
  const other = await Vehicle.connect('van-8');
  expect(await other.obey('UNLOCK')).toMatchObject({ commandId: valid });
  await commandIn(valid, 'EXECUTED');
  expect(other.told.map(({ command }) => command)).not.toContain('SIGNAL');
  await other.leave();
});

test('an emergency stops its vehicle, is told to people, and waits for an operator', async () => {
  await van.report({ speedKmh: 12, tripId: 'trip-1', emergency: 'crash' });
  const stop = await van.obey('STOP');
  const [emergency] = await until(async () => {
    const { body } = await api('GET', '/api/emergencies');
    const items = body['items'] as readonly Readonly<Record<string, unknown>>[];
    return items.length > 0 ? items : undefined;
  });
  expect(emergency).toMatchObject({ vehicleId: 'van-7', kind: 'CRASH', state: 'RAISED', severity: 'SEVERE' });
  await until(async () => {
    const routed = readRoutedEvents(folders(folder.path).events).map(({ event }) => event['detail-type']);
    return routed.includes('emergency.raised') ? routed : undefined;
  });
  const check = await oneEvent('safety.compliance.v1', ({ entityId }) => entityId === 'van-7');
  expect(check.data).toMatchObject({ status: 'PASSED', sequence: 1, chainId: 'van-7' });
  expect(String(check.data['finding'])).toContain(stop.commandId);

  const path = `/api/emergencies/${String(emergency?.['emergencyId'])}`;
  expect((await api('POST', `${path}/resolve`)).status).toBe(409);
  await api('POST', `${path}/acknowledge`);
  await until(async () => ((await api('POST', `${path}/resolve`)).status === 202 ? true : undefined));
  await oneEvent('safety.emergency.v1', ({ state }) => state === 'RESOLVED');
});

test('a trip is told with its way and its end', async () => {
  await van.report({ speedKmh: 0, latitude: 59.915 });
  const ended = await oneEvent('fleet.trips.v1', ({ status }) => status === 'COMPLETED');
  expect(ended.data).toMatchObject({ tripId: 'trip-1', vehicleId: 'van-7', batteryStartPercent: 80 });
});

test('whoever asks for a vehicle gets the nearest free one', async () => {
  await vehicleIs('van-7', 'STANDING');
  await until(async () => {
    const { body } = await api('GET', '/api/emergencies');
    return (body['items'] as unknown[]).length === 0 ? true : undefined;
  });
  const { body } = await api('POST', '/api/dispatches', {
    body: { latitude: 59.92, longitude: 10.75, tripId: 'trip-2' },
  });
  await van.obey('GO_TO');
  const arrived = await until(async () => {
    const { body: view } = await api('GET', `/api/dispatches/${String(body['dispatchId'])}`);
    return view['status'] === 'ARRIVED' ? view : undefined;
  });
  expect(arrived).toMatchObject({ vehicleId: 'van-7', candidates: 1, tried: [] });
  const types = (await eventsOnce('fleet.dispatch.v1', 4)).map(({ type }) => type);
  expect(types).toEqual(['dispatch.requested', 'dispatch.assigned', 'dispatch.accepted', 'dispatch.arrived']);
});

test('a vehicle that falls silent is in a fallback until it is heard again', async () => {
  await sql(bus, `update fleet_vehicle set heard_at = now() - interval '6 minutes' where vehicle_id = 'van-7'`);
  const entered = await oneEvent('safety.fallback.v1', ({ state }) => state === 'ENTERED');
  expect(entered.data).toMatchObject({ vehicleId: 'van-7', cause: 'CONNECTIVITY_LOST' });
  await van.report({ speedKmh: 0 });
  const exited = await oneEvent('safety.fallback.v1', ({ state }) => state === 'EXITED');
  expect(exited.data['fallbackId']).toBe(entered.data['fallbackId']);
});

test('turbines are counted slot by slot', async () => {
  const client = await connectAsync(bus.endpoints.mqtt, { clientId: 'turbine-1', reconnectPeriod: 0 });
  const powers = [1500, 0, 1400];
  for (const [index, activePowerKw] of powers.entries()) {
    const time = new Date(Date.UTC(2026, 4, 1, 10, index * 10)).toISOString();
    const reading = { turbineId: 'turbine-1', time, activePowerKw, windSpeedMs: 9, theoreticalPowerKw: 1700 };
    await client.publishAsync('wind/turbine-1/readings', JSON.stringify({ ...reading, intervalSeconds: 600 }), qos1);
  }
  const day = await until(async () => {
    const rows = await sql(bus, `select * from turbine_day where turbine_id = 'turbine-1' and reported = 3`);
    return rows[0];
  });
  expect(day).toMatchObject({ slots: 144, down: 1, producing: 2, idle: 0 });
  expect(day['availability']).toBeCloseTo(2 / 144, 6);
  expect(day['power_deviation']).toBeCloseTo(2900 / 3400 - 1, 6);
  await client.endAsync(true);
});

const chains = () => runVerb(['audit', '--chain', '--json', '--data-dir', folder.path]);

test('the chains of entries are whole until somebody writes into them', async () => {
  const whole = await until(async () => {
    const run = await chains();
    return run.exitCode === 0 ? run : undefined;
  });
  const audit = JSON.parse(whole.output).topics[0];
  expect(audit.chains.map(({ chainId }: { chainId: string }) => chainId)).toEqual([
    'command-dispatcher',
    'fleet-clock',
    'safety-desk',
  ]);
  const entries = await eventsOf(bus, 'safety.audit.v1');
  const last = entries.findLast(({ key }) => key === 'command-dispatcher');
  const publisher = makePublisher({
    connection: { bootstrapServers: bus.endpoints.kafka },
    codec: makeCodec(),
    clientId: 'intruder',
  });
  const forged = { ...last?.data, outcome: 'DENIED', auditId: randomUUID() };
  await publisher.publish([
    {
      topic: 'safety.audit.v1',
      key: 'command-dispatcher',
      subject: 'AuditEvent',
      value: forged as never,
      event: { id: randomUUID(), source: '/intruder', type: 'audit.recorded' },
    },
  ]);
  await publisher.close();
  const { exitCode, output } = await chains();
  expect(exitCode).toBe(1);
  const [broken] = JSON.parse(output).topics[0].chains.filter((chain: { broken: unknown }) => chain.broken !== null);
  expect(broken).toMatchObject({ chainId: 'command-dispatcher', broken: { kind: 'altered' } });
  expect(broken.broken.place).toMatchObject({ topic: 'safety.audit.v1', partition: expect.any(Number) });
});
