import { type Broker, type BrokerOptions, openBroker } from '../../../src/local/kafka/broker.ts';
import type { BrokerLogLine } from '../../../src/local/kafka/broker-log.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { type WireClient, wireClient } from '../../make/wire-client.ts';
import { createTopic } from './requests.ts';

/** A broker in this thread with a clock the test moves, and everything it logged. */
export interface BrokerUnderTest {
  readonly broker: Broker;
  readonly client: WireClient;
  readonly log: readonly BrokerLogLine[];
  readonly dataDir: string;
  readonly bootstrapServers: string;
  connect(): Promise<WireClient>;
  advanceClock(byMs: number): void;
  /** Closes the broker and opens it again on the same data; the client is a new one. */
  restart(): Promise<void>;
  /** Does something to the data while the broker is closed. */
  offline(work: (dataDir: string) => void): Promise<void>;
  close(): Promise<void>;
}

export async function brokerUnderTest(
  options: Omit<BrokerOptions, 'dataDir'> & { readonly topics?: readonly string[] } = {},
): Promise<BrokerUnderTest> {
  const directory = temporaryDirectory();
  const log: BrokerLogLine[] = [];
  const clients: WireClient[] = [];
  let skewMs = 0;
  const open = () =>
    openBroker(
      { ...options, dataDir: directory.path },
      { log: (line) => void log.push(line), clock: () => Date.now() + skewMs },
    );
  const connect = async () => {
    const client = await wireClient(broker.port);
    clients.push(client);
    return client;
  };
  let broker = await open();
  let client = await connect();
  for (const topic of options.topics ?? []) await createTopic(client, topic);
  const shut = async () => {
    for (const each of clients.splice(0)) each.close();
    await broker.close();
  };
  const again = async () => {
    broker = await open();
    client = await connect();
  };
  return {
    get broker() {
      return broker;
    },
    get client() {
      return client;
    },
    get bootstrapServers() {
      return `127.0.0.1:${broker.port}`;
    },
    log,
    dataDir: directory.path,
    connect,
    advanceClock(byMs) {
      skewMs += byMs;
    },
    async restart() {
      await shut();
      await again();
    },
    async offline(work) {
      await shut();
      work(directory.path);
      await again();
    },
    async close() {
      await shut();
      directory.remove();
    },
  };
}
