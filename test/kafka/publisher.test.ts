import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import {
  type EventPublisher,
  makePublisher,
  type OutgoingRecord,
  type PublisherOptions,
} from '../../src/kafka/publisher.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { lastingPort } from '../make/lasting-port.ts';
import { type BrokerScript, type ScriptedBroker, startScriptedBroker } from '../make/scripted-broker.ts';

const codec = makeCodec();
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function brokerWith(script: Partial<BrokerScript> = {}): Promise<ScriptedBroker> {
  const broker = await startScriptedBroker({ topics: { t: 1, wide: 4 }, ...script });
  cleanups.push(() => broker.close());
  return broker;
}

function publisherTo({ bootstrapServers }: ScriptedBroker, options: Partial<PublisherOptions> = {}): EventPublisher {
  const publisher = makePublisher({ connection: { bootstrapServers }, codec, clientId: 'test', ...options });
  cleanups.push(() => publisher.close());
  return publisher;
}

const record = (value: string, topic = 't', key = 'k'): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: { ce_id: value },
});
const values = (broker: ScriptedBroker, topic = 't', partition = 0) =>
  broker.log(topic, partition).map(({ value }) => value);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));

/** Sends one record a call, all at once, and waits a little between some. */
async function sendEach(publisher: EventPublisher, names: readonly string[]): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const [index, name] of names.entries()) {
    sent.push(publisher.send([record(name)]));
    if (index % 10 === 9) await setTimeout(3);
  }
  await Promise.all(sent);
}

describe('a publisher', () => {
  test('gathers calls made together into one request', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker);
    await publisher.send([record('first')]);
    await Promise.all(numbered(50).map((name) => publisher.send([record(name)])));
    expect(broker.requests).toHaveLength(2);
    expect(values(broker)).toEqual(['first', ...numbered(50)]);
  });

  test('writes keys, headers and tombstones as given, and events with their attributes', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker);
    await publisher.send([{ topic: 't', key: null, value: null, headers: {} }]);
    await publisher.publish([
      {
        topic: 't',
        key: 's-1',
        subject: 'SensorReading',
        value: { sensorId: 's-1', time: 'now', sequence: null, metric: 'm', value: 1, unit: 'C' },
        event: { id: 'e-1', source: '/s', type: 'sensor.reading.reported', subject: 's-1' },
      },
    ]);
    expect(broker.log('t', 0)[0]).toMatchObject({ key: null, value: null, headers: [] });
    expect(broker.log('t', 0)[1]).toMatchObject({
      key: 's-1',
      headers: [
        ['ce_specversion', '1.0'],
        ['ce_id', 'e-1'],
        ['ce_source', '/s'],
        ['ce_type', 'sensor.reading.reported'],
        ['ce_subject', 's-1'],
        ['content-type', 'application/avro'],
      ],
    });
  });

  test('keeps order and stores nothing twice when connections break before and after storing', async () => {
    const steps = ['break-before-storing', 'break-after-storing', 'store', 'break-after-storing'] as const;
    const broker = await brokerWith({ step: (request) => ({ kind: steps[request] ?? 'store' }) });
    await sendEach(publisherTo(broker), numbered(60));
    expect(values(broker)).toEqual(numbered(60));
    expect(broker.requests.length).toBeGreaterThan(2);
  });

  test.each([
    ['NOT_LEADER_OR_FOLLOWER', 6],
    ['NOT_ENOUGH_REPLICAS', 19],
    ['UNKNOWN_TOPIC_OR_PARTITION', 3],
    ['KAFKA_STORAGE_ERROR', 56],
    ['UNKNOWN_SERVER_ERROR', -1],
  ])('tries again after %s', async (_name, errorCode) => {
    const broker = await brokerWith({
      step: (request) => (request < 2 ? { kind: 'answer', errorCode } : { kind: 'store' }),
    });
    await sendEach(publisherTo(broker), numbered(20));
    expect(values(broker)).toEqual(numbered(20));
  });

  test('begins a sequence of its own when the broker has lost the old one', async () => {
    const broker = await brokerWith({
      step: (request) => (request === 1 ? { kind: 'answer', errorCode: 45 } : { kind: 'store' }),
    });
    const publisher = publisherTo(broker);
    for (const name of numbered(4)) await publisher.send([record(name)]);
    expect(values(broker)).toEqual(numbered(4));
  });

  test('splits a batch that the broker finds too large', async () => {
    const broker = await brokerWith({
      step: (_request, batches) =>
        batches.some(({ bytes }) => bytes.readInt32BE(57) > 3) ? { kind: 'answer', errorCode: 10 } : { kind: 'store' },
    });
    await publisherTo(broker).send(numbered(17).map((name) => record(name)));
    expect(values(broker)).toEqual(numbered(17));
  });

  test('reports a single record that the broker finds too large as poison, and goes on', async () => {
    const broker = await brokerWith({
      step: (request) => (request === 0 ? { kind: 'answer', errorCode: 10 } : { kind: 'store' }),
    });
    const publisher = publisherTo(broker);
    const error = await codedRejectionOf(publisher.send([record('large')]));
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_RECORD_TOO_LARGE', failure: 'poison' });
    await publisher.send([record('small')]);
    expect(values(broker)).toEqual(['small']);
  });

  test('loses no record behind one that was stored, sent again, and refused then', async () => {
    // The first answer is lost; by the second attempt the topic's limit has shrunk.
    const steps = [{ kind: 'break-after-storing' }, { kind: 'answer', errorCode: 10 }] as const;
    const broker = await brokerWith({ step: (request) => steps[request] ?? { kind: 'store' } });
    const publisher = publisherTo(broker);
    expect((await codedRejectionOf(publisher.send([record('first')]))).code).toBe('EVENTBUS_KAFKA_RECORD_TOO_LARGE');
    await publisher.send([record('second')]);
    expect(values(broker)).toEqual(['first', 'second']);
  });

  test('refuses a record beyond its own limit before sending any record of the call', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker, { maxRecordBytes: 1000 });
    const error = await codedRejectionOf(publisher.send([record('fine'), record('x'.repeat(2000))]));
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_RECORD_TOO_LARGE', failure: 'poison' });
    expect(error.message).toContain('2000 bytes for t, allowed are 1000');
    expect(broker.requests).toHaveLength(0);
  });

  test('fails only the calls whose records fail', async () => {
    const broker = await brokerWith({
      step: (_request, batches) =>
        batches.some(({ topic }) => topic === 'wide') ? { kind: 'answer', errorCode: 87 } : { kind: 'store' },
    });
    const publisher = publisherTo(broker, { lingerMs: 0 });
    await publisher.send([record('before')]);
    const refused = codedRejectionOf(publisher.send([record('refused', 'wide')]));
    expect(await refused).toMatchObject({ code: 'EVENTBUS_KAFKA_RECORD_REFUSED', failure: 'poison' });
    await publisher.send([record('after')]);
    expect(values(broker)).toEqual(['before', 'after']);
  });

  test('says that a topic does not exist, as a failure of the environment', async () => {
    const publisher = publisherTo(await brokerWith());
    const error = await codedRejectionOf(publisher.send([record('x', 'nowhere')]));
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_TOPIC_UNKNOWN', failure: 'dependency' });
    expect(error.message).toContain('nowhere');
  });

  test('gives up after the delivery timeout when nothing listens, and says where', async () => {
    const broker = await brokerWith();
    await broker.close();
    const publisher = publisherTo(broker, { deliveryTimeoutMs: 300 });
    const error = await codedRejectionOf(publisher.send([record('x')]));
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE', failure: 'dependency' });
    expect(error.message).toContain(broker.bootstrapServers);
  });

  test('gives up after the delivery timeout when the broker hangs, with the records queued behind', async () => {
    const broker = await brokerWith({ step: (request) => ({ kind: request === 0 ? 'store' : 'hang' }) });
    const publisher = publisherTo(broker, { deliveryTimeoutMs: 400, requestTimeoutMs: 200 });
    await publisher.send([record('in')]);
    const first = codedRejectionOf(publisher.send([record('hung')]));
    await setTimeout(20);
    const second = codedRejectionOf(publisher.send([record('behind')]));
    expect((await first).code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
    expect((await second).code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
    expect(values(broker)).toEqual(['in']);
  });

  test('goes on where it was when the broker comes back at the same place', async () => {
    const first = await brokerWith({ port: await lastingPort() });
    const publisher = publisherTo(first);
    await publisher.send([record('before')]);
    await first.close();
    const sent = Promise.all(numbered(30).map((name) => publisher.send([record(name)])));
    await setTimeout(150);
    const second = await brokerWith({ port: first.port });
    await sent;
    expect(values(second)).toEqual(numbered(30));
  });

  test('spreads keys over partitions, and keeps the order of each', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker);
    const sent = numbered(200).map((name, index) => publisher.send([record(name, 'wide', `key-${index % 8}`)]));
    await Promise.all(sent);
    const partitions = [0, 1, 2, 3].map((partition) => values(broker, 'wide', partition).map(Number));
    expect(partitions.flat()).toHaveLength(200);
    expect(partitions.filter((found) => found.length > 0).length).toBeGreaterThan(1);
    for (const found of partitions) expect(found).toEqual([...found].sort((left, right) => left - right));
  });

  test('sends what is left when it is closed, and takes nothing afterwards', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker, { lingerMs: 60_000 });
    await publisher.send([]);
    const sent = publisher.send([record('first')]);
    await setTimeout(100);
    await publisher.close();
    await sent;
    expect(values(broker)).toEqual(['first']);
    expect((await codedRejectionOf(publisher.send([record('late')]))).code).toBe('EVENTBUS_KAFKA_CLOSED');
  });

  test('refuses a cluster that is too old', async () => {
    const broker = await brokerWith({ produceVersions: [3, 8] });
    const error = await codedRejectionOf(publisherTo(broker).send([record('x')]));
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_UNSUPPORTED', failure: 'dependency' });
    expect(error.message).toContain('the cluster offers 3 to 8');
  });
});

describe('a publisher whose buffer is full', () => {
  test('holds callers back while too much waits to be sent', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker, { maxBufferedBytes: 4000 });
    await Promise.all(numbered(100).map((name) => publisher.send([record(name.padEnd(1000))])));
    expect(broker.requests.length).toBeGreaterThan(30);
    expect(values(broker).map((value) => value?.trim())).toEqual(numbered(100));
  });

  test('fails the calls that find no room in time, and takes others once there is room again', async () => {
    let away = false;
    const broker = await brokerWith({ step: () => ({ kind: away ? 'hang' : 'store' }) });
    // What is under way keeps its room for longer than the others wait for some.
    const publisher = publisherTo(broker, { maxBufferedBytes: 1500, deliveryTimeoutMs: 300, requestTimeoutMs: 1_000 });
    await publisher.send([record('before')]);
    away = true;
    const held = codedRejectionOf(publisher.send([record('held'.padEnd(1400))]));
    const late = numbered(3).map((name) => codedRejectionOf(publisher.send([record(name.padEnd(1400))])));
    const codes = (await Promise.all(late)).map(({ code }) => code);
    expect(codes).toEqual(Array(3).fill('EVENTBUS_KAFKA_BUFFER_FULL'));
    expect((await held).code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
    away = false;
    await publisher.send([record('after')]);
    expect(values(broker)).toEqual(['before', 'after']);
  });

  test('fails calls at once when those that wait for room are too many', async () => {
    const broker = await brokerWith();
    const publisher = publisherTo(broker, { maxBufferedBytes: 2000, maxWaitingBytes: 3000 });
    const outcomes = await Promise.allSettled(numbered(20).map((name) => publisher.send([record(name.padEnd(1000))])));
    const taken = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [String(index)] : []));
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(taken.length).toBeGreaterThan(0);
    expect(values(broker).map((value) => value?.trim())).toEqual(taken);
    expect(codes).toEqual(Array(20 - taken.length).fill('EVENTBUS_KAFKA_BUFFER_FULL'));
    expect(taken.length).toBeLessThan(20);
  });
});
