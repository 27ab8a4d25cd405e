import { describe, expect, test } from '@jest/globals';
import { Stage } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { addEnvironments } from '../../../lib/app.ts';
import { environments } from '../../../lib/config.ts';
import { BundledFunction } from '../../../lib/constructs/bundled-function.ts';
import { FargateGateway } from '../../../lib/constructs/fargate-gateway.ts';
import { IotRoute } from '../../../lib/constructs/iot-route.ts';
import { KafkaConsumer } from '../../../lib/constructs/kafka-consumer.ts';
import { alarmKinds } from '../../../lib/observability/alarm-kinds.ts';
import { findAll, placeOf } from '../../../lib/observability/find-all.ts';
import { ObservabilityStack } from '../../../lib/stacks/observability-stack.ts';
import { awsMetrics } from '../../../src/catalogue/metrics.ts';
import { makeTestApp } from '../synthesise.ts';

const app = makeTestApp();
addEnvironments(app, [environments.dev, environments['prod-eu']]);
const stages = app.node.children.filter(Stage.isStage);
const primary = stages.find(({ stageName }) => stageName === 'event-bus-prod-eu-eu-central-1');
if (primary === undefined) throw new Error('prod-eu has a stage in eu-central-1');
const watching = primary.node.findChild('observability') as ObservabilityStack;

/** Alarms by kind, as ids: the subject. */
const subjects = (kind: keyof typeof alarmKinds) =>
  watching.alarms.node.tryFindChild(kind)?.node.children.map(({ node }) => node.id) ?? [];

/** Where the constructs stand, as ids of alarms name them. */
const places = (found: readonly IConstruct[]) => found.map((one) => placeOf(one).replaceAll('/', ' ')).sort();

/** Names of the dimensions of each alarm of a kind. */
const dimensions = (kind: keyof typeof alarmKinds) =>
  findAll(watching.alarms.node.findChild(kind), Alarm).map(({ metric }) => {
    const { metricStat, mathExpression } = metric.toMetricConfig();
    const first = metricStat ?? Object.values(mathExpression?.usingMetrics ?? {})[0]?.toMetricConfig().metricStat;
    return (first?.dimensions ?? []).map(({ name }) => name).sort();
  });

describe('in an environment of two regions', () => {
  test('every kind of alarm rings somewhere, or is of Standard brokers, which dev has', () => {
    const used = new Set(stages.flatMap((stage) => findAll(stage, Alarm).map(({ node }) => node.scope?.node.id)));
    expect(Object.keys(alarmKinds).filter((kind) => !used.has(kind))).toEqual([]);
  });

  test('every mapping of a consumer has alarms on its lag in time and in records, its errors, losses and letters', () => {
    const mappings = findAll(primary, KafkaConsumer).flatMap(({ consumer, mappings }) =>
      mappings.map(({ topic }) => `${consumer.name} of ${topic}`),
    );
    expect(mappings.length).toBeGreaterThan(5);
    for (const kind of [
      'consumer-behind-in-time',
      'consumer-behind-in-records',
      'poller-errors',
      'records-given-up',
      'dead-letter-flood',
    ] as const) {
      expect(subjects(kind)).toEqual(mappings);
    }
  });

  test('every queue, function, delivery stream and gateway with a program has its alarms', () => {
    const queues = [
      ...subjects('dead-letters-waiting'),
      ...subjects('undelivered-messages'),
      ...subjects('device-messages-not-taken'),
    ];
    expect(queues).toEqual(expect.arrayContaining(places(findAll(primary, Queue))));
    expect([...subjects('function-errors')].sort()).toEqual(places(findAll(primary, BundledFunction)));
    expect([...subjects('function-throttled')].sort()).toEqual(places(findAll(primary, BundledFunction)));
    const streams = findAll(primary, CfnDeliveryStream).map(({ deliveryStreamName }) => deliveryStreamName);
    expect(subjects('delivery-behind')).toEqual(streams);
    const running = findAll(primary, FargateGateway).filter(({ service }) => service !== undefined);
    expect(subjects('gateway-unwell')).toHaveLength(running.length * 2);
  });

  test('every topic rule of a route has alarms on what the brokers did not take and on throttling', () => {
    const rules = findAll(primary, IotRoute).flatMap(({ ruleNames }) => ruleNames);
    expect(rules.length).toBeGreaterThan(5);
    expect(subjects('device-messages-not-taken')).toEqual(expect.arrayContaining([...rules]));
    expect(subjects('device-messages-throttled')).toEqual(rules);
  });

  test('the copies are watched where they are: the database and the link in the second region', () => {
    const replica = stages.find(({ stageName }) => stageName.endsWith('eu-west-1'));
    const kinds = findAll(replica ?? app, Alarm).map(({ node }) => node.scope?.node.id);
    expect(kinds).toEqual(expect.arrayContaining(['database-copy-behind', 'region-link-behind']));
  });
});

describe('metrics of MSK', () => {
  test('are asked for by the dimensions that the service writes with spaces', () => {
    for (const names of dimensions('consumer-behind-in-time'))
      expect(names).toEqual(['Cluster Name', 'Consumer Group', 'Topic']);
    for (const names of dimensions('brokers-throttle')) expect(names).toEqual(['Broker ID', 'Cluster Name']);
    expect(awsMetrics.kafka.estimatedMaxTimeLag).toBe('EstimatedMaxTimeLag');
  });

  test('count new connections by their sum: processors of one broker report apart', () => {
    const alarms = findAll(watching.alarms.node.findChild('too-many-connections'), Alarm);
    const statistics = alarms.flatMap(({ metric }) =>
      Object.values(metric.toMetricConfig().mathExpression?.usingMetrics ?? {}).map(
        (one) => one.toMetricConfig().metricStat?.statistic,
      ),
    );
    expect(new Set(statistics)).toEqual(new Set(['Sum']));
  });
});
