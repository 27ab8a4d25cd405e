import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Admin, type MessageToProduce, Producer } from '@platformatic/kafka';
import type { Consumer } from '../../src/catalogue/model.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import type { DeadLetter } from '../../src/core/dead-letters/dead-letter.ts';
import type { Counts } from '../../src/core/embedded-metrics.ts';
import { type EventPublisher, makePublisher } from '../../src/kafka/publisher.ts';
import { type EventSources, startEventSources } from '../../src/local/event-source/event-sources.ts';
import type { FailureSinks } from '../../src/local/event-source/failure-destination.ts';
import type { SourceTuning } from '../../src/local/event-source/source-options.ts';
import { localFunctionEnvironment } from '../../src/local/functions/function-environment.ts';
import { type FunctionHandle, startFunction } from '../../src/local/functions/function-host.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { makeFolderObjectStore } from '../../src/ports/object-store/object-store.folder.ts';
import { memoryLog, testConsumer } from './batch-engine.ts';
import { startTestQueue, type TestQueue } from './embedded-queue.ts';
import { lastingPort } from './lasting-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface JournalLine {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly n: number;
}

/** What Lambda writes to a bucket, as far as tests look at it. */
export interface FailureDocument {
  readonly requestContext: { readonly condition: string; readonly approximateInvokeCount: number };
  readonly responseContext: { readonly functionError?: string } | null;
  readonly payload: string;
}

export interface Entry {
  readonly partition?: number;
  readonly n: number;
  readonly key?: string;
  readonly ask?: string;
}

/** Bootstrap servers of a real cluster to use instead of the embedded broker; set by the integration run. */
export const realKafka = process.env['EVENT_BUS_TEST_KAFKA'];

/** A broker, a queue, a function and its event source, as the embedded platform puts them together. */
export class EventSourceRig {
  readonly topic = `test.records.${randomUUID()}`;
  readonly directory = temporaryDirectory();
  readonly log = memoryLog();
  readonly counts: Counts[] = [];
  readonly lines: string[] = [];
  readonly consumer: Consumer;
  readonly #file: string;
  kafka!: Pick<EmbeddedKafka, 'bootstrapServers' | 'close'>;
  queue!: TestQueue;
  target!: FunctionHandle;
  sources!: EventSources;
  #publisher: EventPublisher | undefined;

  /** @param fixture the function, a file of `test/local/event-source/fixtures` */
  constructor(consumer: Partial<Consumer> = {}, fixture = 'journal') {
    const name = `journal-${randomUUID()}`;
    this.consumer = { ...testConsumer, name, topics: [this.topic], timeoutMs: 10_000, ...consumer };
    this.#file = join(import.meta.dirname, `../local/event-source/fixtures/${fixture}.ts`);
  }

  async start(partitions: number, tuning: SourceTuning = {}): Promise<void> {
    this.queue = await startTestQueue(['journal-dead-letters'], Date.now, await lastingPort());
    await this.startKafka(await lastingPort());
    const admin = new Admin({ clientId: 'rig', bootstrapBrokers: [this.kafka.bootstrapServers] });
    await admin.createTopics({ topics: [this.topic], partitions, replicas: 1 });
    await admin.close();
    this.startFunction();
    this.startSources(tuning);
  }

  /** Starts the queue again, on its port and its file, after a test closed it. */
  async reopenQueue(): Promise<void> {
    this.queue = await this.queue.reopened();
  }

  async startKafka(port: number): Promise<void> {
    if (realKafka !== undefined) {
      this.kafka = { bootstrapServers: realKafka, close: () => Promise.resolve() };
      return;
    }
    this.kafka = await startEmbeddedKafka({ port, dataDir: join(this.directory.path, 'kafka'), log: () => {} });
  }

  startFunction(): void {
    const { url } = this.queue.queue;
    const queueUrl = this.queue.queue.queueUrl('journal-dead-letters');
    const { bootstrapServers } = this.kafka;
    this.target = startFunction({
      name: this.consumer.name,
      file: this.#file,
      environment: {
        ...localFunctionEnvironment({
          kafka: bootstrapServers,
          databaseUrl: '',
          objects: this.path('objects'),
          queue: { url, queueUrl },
        }),
        JOURNAL: this.path('journal'),
        OUTAGE: this.path('outage'),
        CRASHED: this.path('crashed'),
      },
      memoryMb: this.consumer.memoryMb,
      timeoutMs: this.consumer.timeoutMs,
      onMetrics: (counts) => this.counts.push(counts),
      onLog: (line) => this.lines.push(line),
    });
  }

  startSources(tuning: SourceTuning = {}, changes: Partial<Consumer> = {}): void {
    const consumer = { ...this.consumer, ...changes };
    this.sources = startEventSources({
      bootstrapServers: this.kafka.bootstrapServers,
      consumers: [consumer],
      functions: new Map([[consumer.name, this.target]]),
      log: this.log,
      failureSinks: this.#failureSinks(),
      tuning: { backoff: { baseMs: 20, capMs: 100 }, commitIntervalMs: 20, ...tuning },
    });
  }

  #failureSinks(): FailureSinks {
    this.#publisher ??= makePublisher({
      connection: { bootstrapServers: this.kafka.bootstrapServers },
      codec: makeCodec(),
      clientId: 'rig-failures',
    });
    return {
      sendMessage: async (_consumer, MessageBody) => {
        const { queue, client } = this.queue;
        await client.send(new SendMessageCommand({ QueueUrl: queue.queueUrl('journal-dead-letters'), MessageBody }));
      },
      objects: makeFolderObjectStore({ directory: this.path('failures') }),
      publisher: this.#publisher,
    };
  }

  /** Documents at the on-failure destination `object-store`, by their keys. */
  async failures(): Promise<ReadonlyMap<string, FailureDocument>> {
    const objects = makeFolderObjectStore({ directory: this.path('failures') });
    const found = new Map<string, FailureDocument>();
    for await (const { key } of objects.list('')) {
      found.set(key, JSON.parse(String(await objects.get(key))) as FailureDocument);
    }
    return found;
  }

  path(name: string): string {
    return join(this.directory.path, name);
  }

  async produce(entries: readonly Entry[]): Promise<void> {
    const producer = new Producer({
      clientId: 'rig',
      bootstrapBrokers: [this.kafka.bootstrapServers],
      idempotent: true,
    });
    const messages = entries.map(({ partition = 0, key = 'k', ...value }) => ({
      topic: this.topic,
      partition,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify(value)),
      headers: new Map<Buffer, Buffer>(),
    })) satisfies MessageToProduce[];
    await producer.send({ messages });
    await producer.close();
  }

  /** What the function applied, in the order in which it did. */
  journal(): JournalLine[] {
    if (!existsSync(this.path('journal'))) return [];
    const lines = readFileSync(this.path('journal'), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [partition = '', offset = '', key = '', n = ''] = line.split(' ');
      return { partition: Number(partition), offset: Number(offset), key, n: Number(n) };
    });
  }

  async letters(): Promise<DeadLetter[]> {
    const QueueUrl = this.queue.queue.queueUrl('journal-dead-letters');
    const found: DeadLetter[] = [];
    for (;;) {
      const { Messages } = await this.queue.client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages === undefined) return found;
      found.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as DeadLetter));
    }
  }

  async close(): Promise<void> {
    await this.sources.close();
    await this.target.close();
    await this.#publisher?.close();
    await this.kafka.close();
    await this.queue.close();
    this.directory.remove();
  }
}

/** Waits until something is so, at most `ms`. */
export async function until(so: () => boolean, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!so()) {
    if (Date.now() > end) throw new Error(`not so within ${ms} ms: ${so.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
