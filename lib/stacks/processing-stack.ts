import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { queueConsumers } from '../../src/catalogue/queue-consumers.ts';
import { scheduledFunctions } from '../../src/catalogue/scheduled-functions.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { ClockedFunction } from '../constructs/clocked-function.ts';
import { sinksOf } from '../constructs/consumer-sinks.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import type { EventRouter } from '../constructs/event-router.ts';
import { KafkaConsumer } from '../constructs/kafka-consumer.ts';
import { LetterQueue } from '../constructs/letter-queue.ts';
import { LetterReader } from '../constructs/letter-reader.ts';
import { MappingBreaker } from '../constructs/mapping-breaker.ts';
import type { OperationalDatabase } from '../constructs/operational-database.ts';
import type { SchemaIdSource } from '../constructs/schema-registry.ts';
import type { LakeStack } from './lake-stack.ts';
import type { NetworkStack } from './network-stack.ts';

export interface ProcessingStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly network: NetworkStack;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly database: OperationalDatabase;
  readonly router: EventRouter;
  readonly lake: LakeStack;
  readonly busKey: IKey;
  readonly logsKey: IKey;
}

/**
 * Every consumer of the catalogue that reads topics itself; those whose sink is the lake are transformations of the
 * delivery stack. With them the function that reads all dead-letter queues, and those that the clock calls.
 */
export class ProcessingStack extends BusStack {
  readonly consumers: readonly KafkaConsumer[];
  /** Dead letters of the programs that subscribe through the SDK. */
  readonly subscriberLetters: LetterQueue;
  readonly letterReaders: readonly LetterReader[];
  readonly clocked: readonly ClockedFunction[];
  readonly breaker: MappingBreaker;

  constructor(scope: Construct, id: string, props: ProcessingStackProps) {
    super(scope, id, props);
    this.consumers = props.catalogue.consumers
      .filter((consumer) => !sinksOf(consumer).lake)
      .map(
        (consumer) =>
          new KafkaConsumer(this, consumer.name, {
            ...this.common(props),
            consumer,
            prefix: `event-bus-${this.config.name}`,
            cluster: props.cluster,
            registry: props.registry,
            router: props.router,
            busKey: props.busKey,
          }),
      );
    const { logRetentionDays, retainData } = this.config;
    const { logsKey } = props;
    this.breaker = new MappingBreaker(this, 'Breaker', {
      consumers: this.consumers,
      logsKey,
      logRetentionDays,
      retainData,
    });
    this.subscriberLetters = new LetterQueue(this, 'SubscriberLetters', {
      encryptionKey: props.busKey,
      readerTimeout: Duration.millis(Math.max(...queueConsumers.map(({ timeoutMs }) => timeoutMs))),
    });
    // What programs are given as EVENT_BUS_DEAD_LETTER_QUEUE_URL.
    new CfnOutput(this, 'SubscriberLettersQueue', { value: this.subscriberLetters.queue.queueUrl });
    const { cluster, registry, router } = props;
    this.clocked = scheduledFunctions.map(
      (declaration) =>
        new ClockedFunction(this, declaration.name, {
          ...this.common(props),
          declaration,
          cluster,
          registry,
          router,
        }),
    );
    const queues = [
      ...this.consumers.flatMap(({ letters }): readonly LetterQueue[] => (letters === undefined ? [] : [letters])),
      this.subscriberLetters,
      props.lake.failedInvocations.letters,
    ];
    const topics = new Set(this.consumers.flatMap(({ consumer }) => consumer.topics));
    this.letterReaders = queueConsumers.map(
      (consumer) =>
        new LetterReader(this, consumer.name, {
          ...this.common(props),
          consumer,
          queues,
          schemaIds: props.registry.schemaIdsOf([...topics]),
          router: props.router,
        }),
    );
  }

  private common({ network, database, lake, logsKey }: ProcessingStackProps) {
    const { logRetentionDays, retainData } = this.config;
    const { vpc, access } = network;
    return { vpc, access, database, objects: lake.buckets.objects, logsKey, logRetentionDays, retainData };
  }
}
