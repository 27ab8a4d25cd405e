import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import type { Catalogue, Consumer } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { sinksOf } from '../constructs/consumer-sinks.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { LakeDelivery } from '../constructs/lake-delivery.ts';
import type { SchemaIdSource } from '../constructs/schema-registry.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import type { LakeStack } from './lake-stack.ts';

export interface DeliveryStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly lake: LakeStack;
  readonly dataKey: IKey;
  readonly logsKey: IKey;
}

/** A stream a topic for every consumer of the catalogue whose sink is the lake: the consumer is its transformation. */
export class DeliveryStack extends BusStack {
  /** By topic. */
  readonly deliveries: ReadonlyMap<string, LakeDelivery>;
  readonly transforms: readonly BundledFunction[];

  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, props);
    const deliveries = new Map<string, LakeDelivery>();
    const logs = this.makeLogs(props.logsKey);
    this.transforms = props.catalogue.consumers
      .filter((consumer) => sinksOf(consumer).lake)
      .map((consumer) => {
        const transform = this.makeTransform(consumer, props);
        for (const topic of props.catalogue.topics.filter(({ name }) => consumer.topics.includes(name))) {
          if (deliveries.has(topic.name)) {
            throw new Error(`two consumers bring ${topic.name} to the lake; take it out of ${consumer.name}`);
          }
          deliveries.set(
            topic.name,
            new LakeDelivery(this, topic.name, { ...this.common(props), topic, transform, logs }),
          );
        }
        return transform;
      });
    this.deliveries = deliveries;
  }

  private common({ cluster, lake, dataKey }: DeliveryStackProps) {
    const prefix = `event-bus-${this.config.name}`;
    return { prefix, cluster, tables: lake.tables, bronze: lake.buckets.bronze, dataKey };
  }

  private makeTransform(consumer: Consumer, { registry, logsKey }: DeliveryStackProps): BundledFunction {
    const { logRetentionDays, retainData } = this.config;
    const transform = new BundledFunction(this, consumer.name, {
      entry: consumer.name,
      description: consumer.description,
      logsKey,
      logRetentionDays,
      retainData,
      memoryMb: consumer.memoryMb,
      timeout: Duration.millis(Math.min(consumer.timeoutMs, longestTransformMs)),
      environment: { [environment.schemaIds]: registry.schemaIdsOf(consumer.topics) },
    });
    acknowledge(
      transform,
      'Turns bytes into JSON and calls nothing, so it needs no network; its role lets it write its log and traces alone.',
      ...inRegulations('LambdaInsideVPC'),
    );
    acknowledge(
      transform,
      'Only the streams call it, and wait for its answer: they limit how many invocations run, try again, and keep the records of a call that fails for good below the error prefix.',
      ...inRegulations('LambdaConcurrency'),
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return transform;
  }

  private makeLogs(encryptionKey: IKey): LogGroup {
    return new LogGroup(this, 'Logs', {
      encryptionKey,
      retention: this.config.logRetentionDays,
      removalPolicy: removalPolicyOf(this.config),
    });
  }
}

/** Firehose waits no longer for an invocation. */
const longestTransformMs = 300_000;
