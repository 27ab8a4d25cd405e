/**
 * The embedded broker against a stub that acknowledges without storing, with the same client in the same run, and
 * consuming against producing. 100-byte records, batches of 100, 8 in flight, acknowledged after fsync.
 *   node test/bench/broker.ts [rounds]
 */
import { Worker } from 'node:worker_threads';
import { Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { createTopicsApi } from '../../src/local/kafka/apis/create-topics.ts';
import { fetchApi } from '../../src/local/kafka/apis/fetch.ts';
import { listOffsetsApi } from '../../src/local/kafka/apis/list-offsets.ts';
import { produceApi } from '../../src/local/kafka/apis/produce.ts';
import { clientCodec } from '../../src/local/kafka/protocol/message.ts';
import { makeBatch } from '../../src/local/kafka/protocol/record-batch.ts';
import { encodeRecords } from '../../src/local/kafka/protocol/records.ts';
import { startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { type WireClient, wireClient } from '../make/wire-client.ts';
import { median } from './median.ts';

const rounds = Number(process.argv[2] ?? 5);
const recordsPerBatch = 100;
const inFlight = 8;
const secondsPerRound = 2;
const topic = 'bench';
const value = Buffer.alloc(100, 'v');

const perSecond = (records: number, startedMs: number) => (records / (performance.now() - startedMs)) * 1000;

/** Keeps 8 requests under way until the time is over; answers records per second. */
async function inParallel(send: (lane: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let records = 0;
  const lane = async (number: number) => {
    while (performance.now() - started < secondsPerRound * 1000) {
      await send(number);
      records += recordsPerBatch;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, number) => lane(number)));
  return perSecond(records, started);
}

const messages = (partition: number) => Array.from({ length: recordsPerBatch }, () => ({ topic, partition, value }));

async function produceWithClient(bootstrapServers: string): Promise<number> {
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: [bootstrapServers],
    maxInflights: inFlight,
  });
  const lanes = Array.from({ length: inFlight }, (_, lane) => messages(lane));
  await producer.send({ messages: lanes[0]!, acks: -1 });
  const rate = await inParallel((lane) => producer.send({ messages: lanes[lane]!, acks: -1 }));
  await producer.close();
  return rate;
}

/** A client that costs almost nothing: the batch is encoded once, the answer is not read. */
async function produceRaw(client: WireClient): Promise<number> {
  const records = encodeRecords(Array.from({ length: recordsPerBatch }, () => ({ key: null, value })));
  const batch = makeBatch({ records, recordCount: recordsPerBatch, baseTimestamp: Date.now() });
  const codec = clientCodec(produceApi, 9);
  const frames = Array.from({ length: inFlight }, (_, index) =>
    Buffer.concat(
      codec.writeRequest(index, 'bench', {
        transactionalId: null,
        acks: -1,
        timeoutMs: 30_000,
        topics: [{ name: topic, partitions: [{ index, records: batch }] }],
      }),
    ),
  );
  return inParallel((lane) => client.send(frames[lane]!));
}

/** Reads from the start for a while, or all there is. */
async function consumeWithClient(bootstrapServers: string, available: number): Promise<number> {
  const consumer = new Consumer({
    groupId: `bench-${Math.random()}`,
    clientId: 'bench',
    bootstrapBrokers: [bootstrapServers],
  });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false });
  let records = 0;
  const started = performance.now();
  for await (const message of stream) {
    if (message.value.length !== value.length) throw new Error('a record of another length');
    records += 1;
    if (records === available) break;
    if (records % 1000 === 0 && performance.now() - started > secondsPerRound * 1000) break;
  }
  const rate = perSecond(records, started);
  await consumer.close(true);
  return rate;
}

/** Reads whole batches and counts by offset, one fetch at a time for each partition. */
async function consumeRaw(client: WireClient): Promise<number> {
  const started = performance.now();
  let records = 0;
  const partition = async (index: number) => {
    for (let offset = 0; performance.now() - started < secondsPerRound * 1000; ) {
      const response = await client.call(fetchApi, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1_048_576,
        topics: [{ name: topic, partitions: [{ ...noPosition, index, offset, maxBytes: 1_048_576 }] }],
      });
      const batches = response.topics[0]!.partitions[0]!.records;
      const bytes = Buffer.concat(batches);
      let found = 0;
      for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at + 8) + 12) found += recordsPerBatch;
      records += found;
      // At the end it starts over: what is measured is reading, not how much there is.
      offset = found === 0 ? 0 : offset + found;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => partition(index)));
  return perSecond(records, started);
}

const noPosition = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 };

async function startStub(): Promise<{ readonly port: number; close(): Promise<number> }> {
  const worker = new Worker(new URL('stub-broker-thread.ts', import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { port, close: () => worker.terminate() };
}

interface Rates {
  readonly stub: number;
  readonly broker: number;
  readonly consume: number;
}

async function recordsIn(client: WireClient): Promise<number> {
  const partitions = Array.from({ length: inFlight }, (_, index) => ({ index, currentLeaderEpoch: -1, timestamp: -1 }));
  const { topics } = await client.call(listOffsetsApi, { replicaId: -1, topics: [{ name: topic, partitions }] });
  return topics[0]!.partitions.reduce((sum, { offset }) => sum + offset, 0);
}

async function round(stub: string, broker: string, client: WireClient): Promise<Rates> {
  return {
    stub: await produceWithClient(stub),
    broker: await produceWithClient(broker),
    consume: await consumeWithClient(broker, await recordsIn(client)),
  };
}

async function rawRound(stub: WireClient, broker: WireClient): Promise<Rates> {
  return { stub: await produceRaw(stub), broker: await produceRaw(broker), consume: await consumeRaw(broker) };
}

const thousands = (value: number) => `${Math.round(value / 1000)} k/s`;

function report(name: string, all: readonly Rates[]): void {
  const stub = median(all.map((rates) => rates.stub));
  const broker = median(all.map((rates) => rates.broker));
  const consume = median(all.map((rates) => rates.consume));
  const ratio = median(all.map((rates) => rates.broker / rates.stub));
  const consumeRatio = median(all.map((rates) => rates.consume / rates.broker));
  process.stdout.write(
    `${name}: produce ${thousands(broker)}, stub ${thousands(stub)}, ratio ${ratio.toFixed(2)}; ` +
      `consume ${thousands(consume)}, ${consumeRatio.toFixed(2)} of produce\n`,
  );
}

const directory = temporaryDirectory();
const stub = await startStub();
const kafka = await startEmbeddedKafka({ dataDir: directory.path });
const broker = await wireClient(kafka.port);
const stubClient = await wireClient(stub.port);
const created = { name: topic, numPartitions: inFlight, replicationFactor: 1, assignments: [], configs: [] };
await broker.call(createTopicsApi, { topics: [created], timeoutMs: 1000 });

const withClient: Rates[] = [];
const raw: Rates[] = [];
for (let count = 0; count < rounds; count++) {
  withClient.push(await round(`127.0.0.1:${stub.port}`, kafka.bootstrapServers, broker));
  raw.push(await rawRound(stubClient, broker));
}
report(`@platformatic/kafka, median of ${rounds}`, withClient);
report(`raw protocol client, median of ${rounds}`, raw);

broker.close();
stubClient.close();
await stub.close();
await kafka.close();
directory.remove();
