import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { awsMetrics, dimensions, metrics } from '../../src/catalogue/metrics.ts';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { topicLoads } from '../checks/capacity/topic-load.ts';
import type { EnvironmentConfig } from '../config.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { KafkaConsumer } from '../constructs/kafka-consumer.ts';
import type { KafkaMapping } from '../constructs/kafka-mapping.ts';
import { MappingBreaker } from '../constructs/mapping-breaker.ts';
import { findAll, placeOf } from './find-all.ts';
import { watchOutboxes } from './outbox-alarms.ts';
import { watchSagas } from './saga-alarms.ts';

const { kafka, kafkaDimensions, mapping: mappingMetrics } = awsMetrics;

/** Time that a consumer may be behind before someone is called. */
const toleratedLagSeconds = 300;

/** Lag in records that is watched at least, so that quiet topics do not ring for a handful. */
const fewestLagRecords = 10_000;

/** Dead letters of one consumer and topic in five minutes that are no single accidents any more. */
const floodOfLetters = 100;

/** Minutes that a mapping may be kept from its work by an outage before someone is called. */
const toleratedOutage = 30;

export interface WatchedConsumers {
  readonly clusterName: string;
  readonly catalogue: Catalogue;
  readonly config: EnvironmentConfig;
}

/** Watches consumers, their mappings and all functions. */
export function watchConsumers(alarms: AlarmSet, scope: IConstruct, watched: WatchedConsumers): void {
  for (const { consumer, mappings } of findAll(scope, KafkaConsumer)) {
    for (const mapping of mappings) {
      const subject = `${consumer.name} of ${mapping.topic}`;
      watchLag(alarms, mapping, { ...watched, subject });
      watchMapping(alarms, mapping, subject);
      alarms.watch({
        kind: 'dead-letter-flood',
        subject,
        metric: deadLetters(consumer.name, mapping.topic),
        threshold: floodOfLetters,
      });
    }
  }
  for (const breaker of findAll(scope, MappingBreaker)) {
    // Without values it does not run, and whatever it has switched off stays off.
    const ringing = { threshold: toleratedOutage, periods: 5, missing: 'rings' } as const;
    alarms.watch({ ...ringing, kind: 'outage-lasts', subject: placeOf(breaker), metric: breaker.metricOutage() });
  }
  watchSagas(alarms, scope);
  watchOutboxes(alarms, scope);
  for (const one of findAll(scope, BundledFunction)) watchFunction(alarms, one);
}

/** A lag as MSK keeps it, free of charge: by cluster, group and topic, the worst partition of a minute. */
export function lagMetric(metricName: string, clusterName: string, mapping: KafkaMapping): Metric {
  return new Metric({
    namespace: kafka.namespace,
    metricName,
    dimensionsMap: {
      [kafkaDimensions.cluster]: clusterName,
      [kafkaDimensions.group]: mapping.groupId,
      [kafkaDimensions.topic]: mapping.topic,
    },
    statistic: 'Maximum',
    period: minute,
  });
}

function deadLetters(consumer: string, topic: string): Metric {
  return new Metric({
    namespace: metrics.namespace,
    metricName: metrics.recordsDeadLettered,
    dimensionsMap: { [dimensions.consumer]: consumer, [dimensions.topic]: topic },
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
}

function watchLag(
  alarms: AlarmSet,
  mapping: KafkaMapping,
  watched: WatchedConsumers & { readonly subject: string },
): void {
  const { clusterName, catalogue, config, subject } = watched;
  const loads = topicLoads(catalogue, { eventsPerSecond: config.expectedEventsPerSecond, replicated: false });
  const perSecond = loads.find(({ topic }) => topic.name === mapping.topic)?.recordsPerSecond ?? 0;
  const lagging = { subject, periods: 15 } as const;
  alarms.watch({
    ...lagging,
    kind: 'consumer-behind-in-time',
    metric: lagMetric(kafka.estimatedMaxTimeLag, clusterName, mapping),
    threshold: toleratedLagSeconds,
  });
  alarms.watch({
    ...lagging,
    kind: 'consumer-behind-in-records',
    metric: lagMetric(kafka.sumOffsetLag, clusterName, mapping),
    threshold: Math.max(fewestLagRecords, Math.ceil(perSecond * 600)),
  });
}

function watchMapping(alarms: AlarmSet, mapping: KafkaMapping, subject: string): void {
  const { pollingErrors, invokeErrors, commitErrors, failureDestinationErrors, dropped } = mappingMetrics;
  const errors = {
    polling: pollingErrors,
    invoke: invokeErrors,
    commit: commitErrors,
    leaving: failureDestinationErrors,
  };
  const usingMetrics = Object.fromEntries(
    Object.entries(errors).map(([id, name]) => [id, mapping.metric(name, { statistic: 'Sum' })]),
  );
  // A sum over a list passes over metrics without a value; an addition would have none as soon as one is missing.
  const expression = `SUM([${Object.keys(errors).join(',')}])`;
  const metric = new MathExpression({ expression, usingMetrics, label: 'Errors', period: minute });
  alarms.watch({ kind: 'poller-errors', subject, metric, threshold: 0, periods: 5 });
  alarms.watch({
    kind: 'records-given-up',
    subject,
    metric: mapping.metric(dropped, { statistic: 'Sum' }),
    threshold: 0,
  });
}

function watchFunction(alarms: AlarmSet, one: BundledFunction): void {
  const sum = { statistic: 'Sum', period: minute } as const;
  const again = { subject: placeOf(one), threshold: 0, periods: 5 } as const;
  alarms.watch({ ...again, kind: 'function-throttled', metric: one.metricThrottles(sum) });
  alarms.watch({ ...again, kind: 'function-errors', metric: one.metricErrors(sum) });
}
