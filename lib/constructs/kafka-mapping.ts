import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEventSourceMapping, type CfnEventSourceMappingProps } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { mappingGroupId } from '../../src/catalogue/mapping-group.ts';
import type { Consumer } from '../../src/catalogue/model.ts';
import { failedInvocationPrefix } from '../../src/catalogue/queue-consumers.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { LetterQueue } from './letter-queue.ts';

export interface KafkaMappingProps {
  readonly consumer: Consumer;
  readonly topic: string;
  /** Name of the group in which the pollers of all mappings share their capacity. */
  readonly prefix: string;
  readonly cluster: EventBusCluster;
  readonly function: BundledFunction;
  readonly letters?: LetterQueue | undefined;
  readonly objects: LakeBucket;
}

/** Invocations side by side that one poller keeps up. */
const invocationsPerPoller = 5;

/**
 * Lambda's reading of one topic for a function, and exactly the rights that it takes from the function's role. Pollers
 * are provisioned: only then do retry limits, bisecting and the mapping's metrics hold, and no interface endpoints are
 * needed. A start that is changed later has no effect on a group that has begun: rename the consumer to read anew.
 */
export class KafkaMapping extends Construct {
  readonly topic: string;
  /** Consumer group, as the metrics of the cluster name it. */
  readonly groupId: string;
  readonly resource: CfnEventSourceMapping;

  constructor(scope: Construct, id: string, props: KafkaMappingProps) {
    super(scope, id);
    const { consumer, topic, cluster } = props;
    this.topic = topic;
    this.groupId = mappingGroupId(consumer.name, topic);
    cluster.grantConsume(props.function, [topic], this.groupId);
    cluster.grantDescribe(props.function);
    const destination = this.failureDestination(props);
    this.resource = new CfnEventSourceMapping(this, 'Mapping', {
      functionName: props.function.functionName,
      eventSourceArn: cluster.clusterArn,
      topics: [topic],
      amazonManagedKafkaEventSourceConfig: { consumerGroupId: this.groupId },
      ...limitsOf(consumer),
      ...startOf(consumer),
      ...filtersOf(consumer),
      destinationConfig: { onFailure: { destination } },
      provisionedPollerConfig: {
        minimumPollers: 1,
        maximumPollers: Math.ceil(consumer.concurrency / invocationsPerPoller),
        pollerGroupName: props.prefix,
      },
      metricsConfig: { metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      loggingConfig: { systemLogLevel: 'WARN' },
    });
    // The role's policy first: Lambda tries the rights when it makes the mapping.
    this.resource.node.addDependency(props.function);
  }

  /** A metric that Lambda keeps a mapping, such as `PolledEventCount`. */
  metric(metricName: string, props?: Partial<MetricProps>): Metric {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: this.resource.attrId },
      period: Duration.minutes(1),
      ...props,
    });
  }

  private failureDestination({ consumer, cluster, objects, letters, ...props }: KafkaMappingProps): string {
    const declared = consumer.onFailure ?? 'object-store';
    if (declared === 'queue') {
      if (letters === undefined) {
        throw new Error(
          `consumer ${consumer.name} leaves failed invocations in its dead-letter queue and declares none: set deadLetter or another onFailure in src/catalogue/consumers.ts`,
        );
      }
      letters.grantSend(props.function);
      return letters.queue.queueArn;
    }
    if (declared === 'object-store') {
      objects.allow(props.function.ownRole, failedInvocationPrefix, 'write');
      // Lambda looks for the bucket before it writes there.
      objects.allowListing(props.function.ownRole);
      return objects.sharedArn;
    }
    const topic = declared.slice('topic:'.length);
    cluster.grantProduce(props.function, [topic]);
    return `kafka://${topic}`;
  }
}

type Limits = Pick<
  CfnEventSourceMappingProps,
  | 'batchSize'
  | 'maximumBatchingWindowInSeconds'
  | 'maximumRetryAttempts'
  | 'maximumRecordAgeInSeconds'
  | 'bisectBatchOnFunctionError'
  | 'functionResponseTypes'
>;

/** Every limit is written down: by default Lambda tries without end, and one bad record stops its partition. */
function limitsOf(consumer: Consumer): Limits {
  return {
    batchSize: consumer.batchSize,
    maximumBatchingWindowInSeconds: Math.floor(consumer.batchWindowMs / 1_000),
    maximumRetryAttempts: consumer.retryAttempts,
    maximumRecordAgeInSeconds: consumer.maxRecordAgeMs === undefined ? -1 : consumer.maxRecordAgeMs / 1_000,
    bisectBatchOnFunctionError: consumer.bisectOnError ?? false,
    ...(consumer.reportsItemFailures === false ? {} : { functionResponseTypes: ['ReportBatchItemFailures'] }),
  };
}

function startOf({ startingPosition = 'earliest' }: Consumer): Partial<CfnEventSourceMappingProps> {
  if (startingPosition === 'earliest') return { startingPosition: 'TRIM_HORIZON' };
  if (startingPosition === 'latest') return { startingPosition: 'LATEST' };
  const startingPositionTimestamp = Date.parse(startingPosition.timestamp) / 1_000;
  return { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp };
}

function filtersOf({ filters = [] }: Consumer): Partial<CfnEventSourceMappingProps> {
  if (filters.length === 0) return {};
  return { filterCriteria: { filters: filters.map((filter) => ({ pattern: JSON.stringify(filter) })) } };
}
