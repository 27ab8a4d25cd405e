import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { CfnReplicator } from 'aws-cdk-lib/aws-msk';
import { CfnWorkgroup } from 'aws-cdk-lib/aws-redshiftserverless';
import type { IConstruct } from 'constructs';
import { awsMetrics } from '../../src/catalogue/metrics.ts';
import { type EnvironmentConfig, type RegionConfig, serves } from '../config.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { OperationalDatabase } from '../constructs/operational-database.ts';
import { ValkeyCache } from '../constructs/valkey-cache.ts';
import { findAll, placeOf } from './find-all.ts';

/** Three times the longest time that Firehose gathers. */
const toleratedStaleness = Duration.minutes(45);

/** Copies that are further behind than this would lose that much in a failover. */
const toleratedCopyLag = Duration.minutes(1);

/** Half of the ids that PostgreSQL has; autovacuum has long been trying in vain then. */
const transactionIds = 1_000_000_000;

const fiveMinutes = Duration.minutes(5);

export interface WatchedSite {
  readonly config: EnvironmentConfig;
  readonly site: RegionConfig;
}

/** Watches the lake's delivery, the databases, the cache and the link between regions. */
export function watchStores(alarms: AlarmSet, scope: IConstruct, { config, site }: WatchedSite): void {
  for (const stream of findAll(scope, CfnDeliveryStream)) watchDelivery(alarms, stream);
  for (const { cluster } of findAll(scope, OperationalDatabase)) {
    watchDatabase(alarms, cluster.clusterIdentifier, site.role === 'replica' && !serves(config, site));
  }
  for (const workgroup of findAll(scope, CfnWorkgroup)) watchWarehouse(alarms, workgroup, config.warehouse.maxCapacity);
  for (const cache of findAll(scope, ValkeyCache)) {
    alarms.watch({
      kind: 'cache-at-its-limit',
      subject: placeOf(cache),
      metric: cache.metricThrottled(),
      threshold: 0,
      periods: 5,
    });
  }
  for (const replicator of findAll(scope, CfnReplicator)) watchLink(alarms, replicator.replicatorName);
}

function watchDelivery(alarms: AlarmSet, stream: CfnDeliveryStream): void {
  const { namespace, freshness, failedConversions, stream: dimension } = awsMetrics.firehose;
  // The name is physical, and says the topic; a reference would make the two stacks depend on each other.
  const subject = stream.deliveryStreamName ?? stream.node.id;
  const metric = (metricName: string, statistic: string) =>
    new Metric({ namespace, metricName, dimensionsMap: { [dimension]: subject }, statistic, period: fiveMinutes });
  alarms.watch({
    kind: 'delivery-behind',
    subject,
    metric: metric(freshness, 'Maximum'),
    threshold: toleratedStaleness.toSeconds(),
    periods: 3,
  });
  alarms.watch({ kind: 'delivery-failing', subject, metric: metric(failedConversions, 'Sum'), threshold: 0 });
}

function watchDatabase(alarms: AlarmSet, identifier: string, isCopy: boolean): void {
  const { namespace, capacityUsed, copyLagMs, transactionIds: ids, cluster } = awsMetrics.aurora;
  const metric = (metricName: string) =>
    new Metric({
      namespace,
      metricName,
      dimensionsMap: { [cluster]: identifier },
      statistic: 'Maximum',
      period: minute,
    });
  const limit = { kind: 'database-at-its-limit', periods: 15 } as const;
  alarms.watch({ ...limit, subject: 'Capacity', metric: metric(capacityUsed), threshold: 90 });
  alarms.watch({ ...limit, subject: 'Transaction ids', metric: metric(ids), threshold: transactionIds });
  if (!isCopy) return;
  const threshold = toleratedCopyLag.toMilliseconds();
  alarms.watch({ kind: 'database-copy-behind', subject: 'Copy', metric: metric(copyLagMs), threshold, periods: 5 });
}

function watchWarehouse(alarms: AlarmSet, workgroup: CfnWorkgroup, maxCapacity: number): void {
  const { namespace, capacity, workgroup: dimension } = awsMetrics.warehouse;
  const metric = new Metric({
    namespace,
    metricName: capacity,
    dimensionsMap: { [dimension]: workgroup.workgroupName },
    statistic: 'Minimum',
    period: fiveMinutes,
  });
  const ringing = { threshold: maxCapacity, rings: 'at-or-above', periods: 6 } as const;
  alarms.watch({ kind: 'warehouse-at-its-limit', subject: workgroup.workgroupName, metric, ...ringing });
}

function watchLink(alarms: AlarmSet, name: string): void {
  const { namespace, replicationLatency, replicatorFailure } = awsMetrics.kafka;
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace,
      metricName,
      dimensionsMap: { [awsMetrics.kafkaDimensions.replicator]: name },
      statistic,
      period: minute,
    });
  const threshold = toleratedCopyLag.toMilliseconds() * 5;
  const late = { metric: metric(replicationLatency, 'Maximum'), threshold, periods: 15 } as const;
  alarms.watch({ kind: 'region-link-behind', subject: `${name}, late`, ...late });
  const failing = { metric: metric(replicatorFailure, 'Sum'), threshold: 0, periods: 5 } as const;
  alarms.watch({ kind: 'region-link-behind', subject: `${name}, failing`, ...failing });
}
