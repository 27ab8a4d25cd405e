import { type BrokerWithRack, type Connection, Producer } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { kafkaFailure } from './kafka-failure.ts';
import { type ProduceVersion, produceVersion } from './produce-request.ts';

/** Who a batch is written by: given out by the cluster. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** A topic as the cluster last described it: node id of each partition's leader, -1 while there is none. */
export interface TopicLeaders {
  readonly leaders: readonly number[];
}

/** The cluster as a producer sees it. Every call is one attempt; failures are coded. */
export interface Cluster {
  /** What is known of a topic without asking. */
  topic(name: string): TopicLeaders | undefined;
  /** Asks for a topic anew. */
  refresh(name: string): Promise<TopicLeaders>;
  /** An open connection to a node. */
  connect(nodeId: number): Promise<Connection>;
  produceVersion(): Promise<ProduceVersion>;
  newIdentity(): Promise<ProducerIdentity>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}

/** Age at which a topic is asked for again, so that partitions added later get their keys. */
const maxAgeMs = 300_000;

/** Connects through the Kafka client, which keeps connections, security and versions; nothing is opened until asked. */
export function makeCluster({ connection, clientId, requestTimeoutMs }: ClusterOptions): Cluster {
  const client = new Producer({
    ...clientOptions(connection, clientId),
    retries: 0,
    connectTimeout: Math.min(5000, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
  });
  const topics = new Map<string, TopicLeaders & { readonly askedAtMs: number }>();
  let brokers: ReadonlyMap<number, BrokerWithRack> = new Map();
  let version: ProduceVersion | undefined;

  const cluster: Cluster = {
    topic(name) {
      const known = topics.get(name);
      if (known !== undefined && performance.now() - known.askedAtMs > maxAgeMs) {
        topics.set(name, { ...known, askedAtMs: performance.now() });
        // What was known holds until the answer comes; a failure shows when something is sent.
        cluster.refresh(name).catch(() => {});
      }
      return known;
    },
    async refresh(name) {
      const metadata = await client
        .metadata({ topics: [name], forceUpdate: true })
        .catch((error: unknown) => failed(error, `describing topic "${name}" at ${connection.bootstrapServers}`));
      const leaders = metadata.topics.get(name)?.partitions.map(({ leader }) => leader) ?? [];
      if (leaders.length === 0) throw new AppError('EVENTBUS_KAFKA_TOPIC_UNKNOWN', `got "${name}"`);
      brokers = metadata.brokers;
      topics.set(name, { leaders, askedAtMs: performance.now() });
      return { leaders };
    },
    async connect(nodeId) {
      const broker = brokers.get(nodeId);
      if (broker === undefined)
        throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', `node ${nodeId} is not in the cluster`);
      const address = `${broker.host}:${broker.port}`;
      return client.connections.get(broker).catch((error: unknown) => failed(error, `connecting to ${address}`));
    },
    async produceVersion() {
      version ??= await negotiate(client);
      return version;
    },
    async newIdentity() {
      const { producerId, producerEpoch } = await client
        .initIdempotentProducer({ producerId: -1n, producerEpoch: -1 })
        .catch((error: unknown) => failed(error, 'asking for a producer id'));
      return { producerId, producerEpoch };
    },
    close: () => client.close(),
  };
  return cluster;
}

async function negotiate(client: Producer): Promise<ProduceVersion> {
  const apis = await client.listApis().catch((error: unknown) => failed(error, 'asking for API versions'));
  const api = apis.find(({ name }) => name === 'Produce');
  const version = api && produceVersion(api.minVersion, api.maxVersion);
  if (version !== undefined) return version;
  const offered = api === undefined ? 'nothing' : `${api.minVersion} to ${api.maxVersion}`;
  throw new AppError(
    'EVENTBUS_KAFKA_UNSUPPORTED',
    `Produce versions 9 to 11 are needed, the cluster offers ${offered}`,
  );
}

function failed(error: unknown, what: string): never {
  throw kafkaFailure(error, what);
}
