import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { awsMetrics } from '../../src/catalogue/metrics.ts';
import { brokerLimits, plannedShare } from '../checks/capacity/broker-limits.ts';
import type { EnvironmentConfig } from '../config.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { findAll } from './find-all.ts';

const { kafka, kafkaDimensions } = awsMetrics;
const mb = 1_000_000;

/** Connections with IAM that a broker accepts a second; AWS raises it for no one. */
const newConnectionsPerSecond = 100;

/** Metrics that an alarm can compare at once. */
const metricsPerAlarm = 10;

/** Watches the brokers: their rates, their refusals, their volumes. */
export function watchClusters(alarms: AlarmSet, scope: IConstruct, { cluster: config }: EnvironmentConfig): void {
  const brokers = Array.from({ length: config.brokersPerZone * 3 }, (_, index) => index + 1);
  const one = brokerLimits[config.instanceType];
  for (const { clusterName } of findAll(scope, EventBusCluster)) {
    for (const group of groupsOf(brokers)) {
      const worst = (name: string, statistic: string) => worstBroker(clusterName, group, { name, statistic });
      const subject = (what: string) => `${what}, brokers ${group[0]} to ${group.at(-1)}`;
      const throttled = { kind: 'brokers-throttle', threshold: 0, periods: 5 } as const;
      const near = { kind: 'brokers-near-their-rate', periods: 15 } as const;
      const connections = { kind: 'too-many-connections', periods: 3 } as const;
      alarms.watch({ ...throttled, subject: subject('Writing'), metric: worst(kafka.produceThrottleTime, 'Average') });
      alarms.watch({ ...throttled, subject: subject('Reading'), metric: worst(kafka.fetchThrottleTime, 'Average') });
      if (one?.ingressMb !== undefined && one.egressMb !== undefined) {
        const bytes = { in: one.ingressMb * plannedShare * mb, out: one.egressMb * plannedShare * mb };
        alarms.watch({
          ...near,
          subject: subject('Writing'),
          metric: worst(kafka.bytesInPerSec, 'Average'),
          threshold: bytes.in,
        });
        alarms.watch({
          ...near,
          subject: subject('Reading'),
          metric: worst(kafka.bytesOutPerSec, 'Average'),
          threshold: bytes.out,
        });
      } else {
        const metric = worst(kafka.dataLogsDiskUsed, 'Maximum');
        alarms.watch({ kind: 'brokers-fill-up', subject: subject('Volumes'), metric, threshold: 85, periods: 5 });
      }
      alarms.watch({
        ...connections,
        subject: subject('Refused'),
        metric: worst(kafka.iamTooManyConnections, 'Sum'),
        threshold: 0,
      });
      // Processors of one broker report apart: only their sum is the broker's rate.
      const opened = worst(kafka.connectionCreationRate, 'Sum');
      const threshold = newConnectionsPerSecond * plannedShare;
      alarms.watch({ ...connections, subject: subject('Opened'), metric: opened, threshold, rings: 'at-or-above' });
    }
  }
}

/** A metric of one broker. */
export function brokerMetric(clusterName: string, broker: number, { name, statistic }: Reading): Metric {
  return new Metric({
    namespace: kafka.namespace,
    metricName: name,
    dimensionsMap: { [kafkaDimensions.cluster]: clusterName, [kafkaDimensions.broker]: String(broker) },
    statistic,
    period: minute,
  });
}

interface Reading {
  readonly name: string;
  readonly statistic: string;
}

function worstBroker(clusterName: string, brokers: readonly number[], reading: Reading): IMetric {
  const usingMetrics = Object.fromEntries(
    brokers.map((broker) => [`b${broker}`, brokerMetric(clusterName, broker, reading)]),
  );
  const expression = `MAX([${Object.keys(usingMetrics).join(',')}])`;
  return new MathExpression({ expression, usingMetrics, label: reading.name, period: Duration.minutes(1) });
}

function groupsOf(brokers: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(brokers.length / metricsPerAlarm);
  return Array.from({ length: count }, (_, index) =>
    brokers.slice(index * metricsPerAlarm, (index + 1) * metricsPerAlarm),
  );
}
