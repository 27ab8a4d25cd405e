import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { awsMetrics, dimensions, metrics } from '../../src/catalogue/metrics.ts';
import type { EnvironmentConfig } from '../config.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import { KafkaConsumer } from '../constructs/kafka-consumer.ts';
import { OperationalDatabase } from '../constructs/operational-database.ts';
import { brokerMetric } from './cluster-alarms.ts';
import { lagMetric } from './consumer-alarms.ts';
import { findAll, placeOf } from './find-all.ts';

const half = 12;
const height = 6;

/** Alarms that one widget shows at most. */
const alarmsPerWidget = 100;

export interface BusDashboardProps {
  /** The stage: what stands below it is shown. */
  readonly watched: IConstruct;
  readonly config: EnvironmentConfig;
  readonly alarms: AlarmSet;
}

/** One page from the devices to the stores, in the order that an event travels. */
export function addDashboard(scope: Construct, { watched, config, alarms }: BusDashboardProps): Dashboard {
  const dashboard = new Dashboard(scope, 'Dashboard');
  dashboard.addWidgets(new TextWidget({ markdown: heading(config), width: 24, height: 2 }));
  for (let first = 0; first < alarms.alarms.length; first += alarmsPerWidget) {
    const shown = alarms.alarms.slice(first, first + alarmsPerWidget);
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: shown, width: 24, height }));
  }
  for (const row of rowsOf(watched, config)) dashboard.addWidgets(...row);
  return dashboard;
}

function heading({ name }: EnvironmentConfig): string {
  return `# event-bus-${name}\nWhat each alarm means and what to do about it stands in docs/runbook.md.`;
}

function rowsOf(watched: IConstruct, config: EnvironmentConfig): readonly (readonly IWidget[])[] {
  const consumers = findAll(watched, KafkaConsumer);
  return [
    ...findAll(watched, EventBusCluster).flatMap((cluster) => clusterRows(cluster, consumers, config)),
    [graph('Records by fate', consumers.flatMap(fates)), graph('Oldest message of each queue, s', queueAges(watched))],
    [graph('Gateways: p99, s', latencies(watched)), graph('Database: share of its capacity, %', capacities(watched))],
  ];
}

function clusterRows(
  { clusterName }: EventBusCluster,
  consumers: readonly KafkaConsumer[],
  config: EnvironmentConfig,
): readonly (readonly IWidget[])[] {
  const { kafka } = awsMetrics;
  const brokers = Array.from({ length: config.cluster.brokersPerZone * 3 }, (_, index) => index + 1);
  const each = (name: string) =>
    brokers.map((broker) => brokerMetric(clusterName, broker, { name, statistic: 'Average' }));
  const lag = (name: string) =>
    consumers.flatMap(({ mappings }) => mappings.map((mapping) => lagMetric(name, clusterName, mapping)));
  return [
    [
      graph('Written to brokers, bytes/s', each(kafka.bytesInPerSec)),
      graph('Read from brokers, bytes/s', each(kafka.bytesOutPerSec)),
    ],
    [graph('Lag in time, s', lag(kafka.estimatedMaxTimeLag)), graph('Lag in records', lag(kafka.sumOffsetLag))],
  ];
}

function fates({ consumer }: KafkaConsumer): readonly IMetric[] {
  const names = [metrics.recordsApplied, metrics.recordsSkipped, metrics.recordsDeadLettered, metrics.recordsFailed];
  return consumer.topics.flatMap((topic) =>
    names.map(
      (metricName) =>
        new Metric({
          namespace: metrics.namespace,
          metricName,
          dimensionsMap: { [dimensions.consumer]: consumer.name, [dimensions.topic]: topic },
          statistic: 'Sum',
          period: minute,
        }),
    ),
  );
}

function queueAges(watched: IConstruct): readonly IMetric[] {
  return findAll(watched, Queue).map((queue) =>
    queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: minute, label: placeOf(queue) }),
  );
}

function latencies(watched: IConstruct): readonly IMetric[] {
  return findAll(watched, FargateGateway).map((gateway) => gateway.metricLatency());
}

function capacities(watched: IConstruct): readonly IMetric[] {
  const { namespace, capacityUsed, cluster: dimension } = awsMetrics.aurora;
  return findAll(watched, OperationalDatabase).map(
    ({ cluster }) =>
      new Metric({
        namespace,
        metricName: capacityUsed,
        dimensionsMap: { [dimension]: cluster.clusterIdentifier },
        statistic: 'Maximum',
        period: minute,
      }),
  );
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: half, height });
}
