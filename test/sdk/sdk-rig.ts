import { setTimeout } from 'node:timers/promises';
import { dayMs } from '../../src/catalogue/duration.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { topicSpecOf } from '../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { createEventBus, type DeadLetter, type EventBus, type EventBusOptions } from '../../src/sdk/index.ts';
import { requireTopic } from '../make/catalogue-entry.ts';
import { lastingPort } from '../make/lasting-port.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

/** An embedded broker with topics of the catalogue, and buses that use it. */
export interface SdkRig {
  readonly bootstrapServers: string;
  /** What subscriptions of `bus` gave up on. */
  readonly letters: DeadLetter[];
  /** A bus of its own, closed with the rig. */
  bus(options?: EventBusOptions): EventBus;
  /** Stops the broker, and starts it again at the same place when asked to. */
  stopBroker(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function startSdkRig(topics: readonly string[], partitions = 2): Promise<SdkRig> {
  const directory = temporaryDirectory();
  const start = (port: number) =>
    startEmbeddedKafka({ port, dataDir: directory.path, settings: { initialRebalanceDelayMs: 0 } });
  let kafka: EmbeddedKafka = await start(await lastingPort());
  const { bootstrapServers, port } = kafka;
  const admin = makeAdmin({ connection: { bootstrapServers } });
  await admin.ensureTopics(
    topics.map((name) => ({ ...topicSpecOf(requireTopic(name), { maxRetentionMs: dayMs }), partitions })),
  );
  await admin.close();
  const letters: DeadLetter[] = [];
  const deadLetters = async (list: readonly DeadLetter[]) => void letters.push(...list);
  const buses: EventBus[] = [];
  return {
    bootstrapServers,
    letters,
    bus(options = {}) {
      const bus = createEventBus({ bootstrapServers, clientId: 'test', deadLetters, log: silent, ...options });
      buses.push(bus);
      return bus;
    },
    async stopBroker() {
      await kafka.close();
      return async () => {
        kafka = await start(port);
      };
    },
    async close() {
      await Promise.all(buses.map((bus) => bus.close()));
      await kafka.close();
      directory.remove();
    },
  };
}

/** A log that nobody reads. */
export const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Waits until something is true; gives up when it stays false for long. */
export async function until(condition: () => boolean): Promise<void> {
  for (let left = 4_000; !condition(); left -= 1) {
    if (left === 0) throw new Error(`waited in vain for ${condition.toString()}`);
    await setTimeout(5);
  }
}
