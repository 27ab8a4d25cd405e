import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { eventSources } from '../../src/catalogue/event-routing.ts';
import type { Consumer } from '../../src/catalogue/model.ts';
import { letterPrefix } from '../../src/catalogue/object-prefixes.ts';
import { queueConsumers } from '../../src/catalogue/queue-consumers.ts';
import { topics } from '../../src/catalogue/topics.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import { sinksOf } from './consumer-sinks.ts';
import { downlinkEnvironment, grantDownlink } from './device-downlink.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';
import type { EventRouter } from './event-router.ts';
import { KafkaMapping } from './kafka-mapping.ts';
import type { LakeBucket } from './lake-bucket.ts';
import { LetterQueue } from './letter-queue.ts';
import type { NetworkAccess } from './network-access.ts';
import type { OperationalDatabase } from './operational-database.ts';
import type { SchemaIdSource } from './schema-registry.ts';

export interface KafkaConsumerProps {
  /** Declaration in the catalogue; `lambdas/<name>.ts` is its wiring. */
  readonly consumer: Consumer;
  /** Prefix of the function's name and name of the group of pollers, for example `event-bus-dev`. */
  readonly prefix: string;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  /** Only used when the consumer has a table among its sinks. */
  readonly database: OperationalDatabase;
  /** Only used when the consumer has the event router among its sinks. */
  readonly router: EventRouter;
  /** Where failed invocations are left, and letters above the limit of a message. */
  readonly objects: LakeBucket;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  /** Encrypts the dead letters. */
  readonly busKey: IKey;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the log. */
  readonly retainData: boolean;
}

/**
 * A function that reads topics, with one mapping a topic and a dead-letter queue of its own. What it may do follows from
 * the catalogue: it reads its topics, writes to the topics among its sinks, reads and writes the objects among them, and
 * signs in to the database when a table is among them.
 */
export class KafkaConsumer extends Construct {
  readonly consumer: Consumer;
  readonly function: BundledFunction;
  readonly mappings: readonly KafkaMapping[];
  /** Absent when the catalogue declares none. */
  readonly letters?: LetterQueue;

  constructor(scope: Construct, id: string, props: KafkaConsumerProps) {
    super(scope, id);
    this.consumer = props.consumer;
    if (props.consumer.deadLetter) {
      this.letters = new LetterQueue(this, 'DeadLetters', { encryptionKey: props.busKey, readerTimeout });
    }
    this.function = this.makeFunction(props);
    this.grantSinks(props);
    this.grantLetters(props);
    this.mappings = props.consumer.topics.map(
      // Named by its topic: a mapping cannot change it, so another topic is another mapping.
      (topic) => new KafkaMapping(this, topic, { ...props, topic, function: this.function, letters: this.letters }),
    );
    acknowledge(
      this.function,
      "Only the mappings call it, and wait for its answer. What fails goes to the consumer's dead-letter queue with its payload, and what the mapping gives up to its failure destination.",
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
    );
    if (sinksOf(props.consumer).tables.length === 0) {
      acknowledge(
        this.function,
        'The pollers of its mappings limit how many invocations run side by side; nothing behind it needs another limit.',
        ...inRegulations('LambdaConcurrency'),
      );
    }
  }

  private makeFunction(props: KafkaConsumerProps): BundledFunction {
    const { consumer, vpc, logsKey, logRetentionDays, retainData } = props;
    const sinks = sinksOf(consumer);
    return new BundledFunction(this, 'Function', {
      entry: consumer.name,
      // The record of a failed invocation names the consumer by nothing but the name of its function.
      functionName: functionNameOf(props.prefix, consumer.name),
      description: consumer.description,
      logsKey,
      logRetentionDays,
      retainData,
      memoryMb: consumer.memoryMb,
      timeout: Duration.millis(consumer.timeoutMs),
      vpc,
      securityGroups: groupsOf(consumer, props.access),
      environment: this.environmentOf(props),
      // Every invocation holds a connection of the database; others are limited by their pollers alone.
      ...(sinks.tables.length > 0 ? { reservedConcurrency: consumer.concurrency } : {}),
    });
  }

  private environmentOf({
    consumer,
    cluster,
    registry,
    database,
    objects,
    router,
  }: KafkaConsumerProps): Record<string, string> {
    const sinks = sinksOf(consumer);
    return {
      [environment.schemaIds]: registry.schemaIdsOf([...consumer.topics, ...sinks.topics]),
      [environment.objects]: `s3://${objects.bucketName}`,
      ...(this.letters === undefined ? {} : { [environment.deadLetterQueueUrl]: this.letters.queue.queueUrl }),
      ...(sinks.topics.length > 0 ? { [environment.kafka]: cluster.bootstrapIam, [environment.kafkaAuth]: 'iam' } : {}),
      ...(sinks.tables.length > 0 ? database.environmentFor() : {}),
      ...(sinks.router ? router.environment() : {}),
      ...(sinks.devices ? downlinkEnvironment(this) : {}),
    };
  }

  private grantSinks({ consumer, cluster, database, objects, router }: KafkaConsumerProps): void {
    const { topics, tables, objects: prefixes, devices } = sinksOf(consumer);
    for (const prefix of prefixes) objects.allow(this.function.ownRole, prefix, 'read', 'write');
    if (topics.length > 0) cluster.grantProduce(this.function, topics);
    if (tables.length > 0) database.grantConnect(this.function);
    if (devices) grantDownlink(this.function.ownRole);
    const [source, ...others] = routerSources(consumer);
    if (source !== undefined) router.grantPublish(this.function, source, ...others);
  }

  private grantLetters({ consumer, objects }: KafkaConsumerProps): void {
    if (this.letters === undefined) return;
    this.letters.grantSend(this.function);
    objects.allow(this.function.ownRole, `${letterPrefix}${consumer.name}/`, 'write');
  }
}

/** Sources that a consumer may name at the event router: those of its topics, when the router is among its sinks. */
function routerSources(consumer: Consumer): readonly string[] {
  if (!sinksOf(consumer).router) return [];
  const read = topics.filter(({ name }) => consumer.topics.includes(name));
  return [...new Set(read.map(({ domain }) => eventSources.of(domain)))];
}

/** Time limit of the function that reads all dead-letter queues. */
const readerTimeout = Duration.millis(Math.max(...queueConsumers.map(({ timeoutMs }) => timeoutMs)));

const longestFunctionName = 64;

/** Name of a consumer's function. */
export function functionNameOf(prefix: string, consumer: string): string {
  const name = `${prefix}-${consumer}`;
  if (name.length <= longestFunctionName) return name;
  throw new Error(
    `the function name ${name} has ${name.length} characters, Lambda allows ${longestFunctionName}: give the consumer a shorter name in src/catalogue/consumers.ts`,
  );
}

function groupsOf(consumer: Consumer, access: NetworkAccess): readonly ISecurityGroup[] {
  const { topics, tables } = sinksOf(consumer);
  const groups = [
    ...(topics.length > 0 ? [access.kafkaClients] : []),
    ...(tables.length > 0 ? [access.databaseClients] : []),
  ];
  // A consumer without either still reaches the queue and the bucket.
  return groups.length > 0 ? groups : [access.databaseClients];
}
