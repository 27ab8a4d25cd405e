import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { awsMetrics } from '../../src/catalogue/metrics.ts';
import type { EnvironmentConfig } from '../config.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import { IotRoute } from '../constructs/iot-route.ts';
import { PublicLoadBalancer } from '../constructs/public-load-balancer.ts';
import { prerequisite } from '../prerequisites.ts';
import { ApiStack } from '../stacks/api-stack.ts';
import { findAll, placeOf } from './find-all.ts';

/** Errors of a minute that a single client's bad luck does not explain. */
const fewErrors = 5;

const daysBeforeExpiry = 30;

/** Watches where events, people and browsers come in. */
export function watchEntrances(alarms: AlarmSet, scope: IConstruct, { name }: EnvironmentConfig): void {
  for (const route of findAll(scope, IotRoute)) {
    for (const rule of route.ruleNames) {
      alarms.watch({
        kind: 'device-messages-not-taken',
        subject: rule,
        metric: route.metricFailures(rule),
        threshold: 0,
        periods: 3,
      });
      alarms.watch({
        kind: 'device-messages-throttled',
        subject: rule,
        metric: throttled(rule),
        threshold: 0,
        periods: 3,
      });
    }
  }
  // Without its program a gateway has no task that could be unwell.
  for (const gateway of findAll(scope, FargateGateway).filter(({ service }) => service !== undefined)) {
    watchGateway(alarms, gateway);
  }
  for (const api of scope.node.findAll().filter((construct) => construct instanceof ApiStack)) {
    alarms.watch({
      kind: 'api-errors',
      subject: api.node.id,
      metric: api.metricServerErrors(),
      threshold: fewErrors,
      periods: 3,
    });
  }
  if (findAll(scope, PublicLoadBalancer).length > 0) watchCertificate(alarms, prerequisite(name, 'certificateArn'));
}

function throttled(rule: string): Metric {
  return new Metric({
    namespace: awsMetrics.iot.namespace,
    metricName: awsMetrics.iot.throttled,
    dimensionsMap: { [awsMetrics.iot.rule]: rule },
    statistic: 'Sum',
    period: minute,
  });
}

function watchGateway(alarms: AlarmSet, gateway: FargateGateway): void {
  const subject = placeOf(gateway);
  const errors = { kind: 'gateway-errors', threshold: fewErrors, periods: 3 } as const;
  alarms.watch({ ...errors, subject: `${subject}, its program`, metric: gateway.metricServerErrors() });
  alarms.watch({ ...errors, subject: `${subject}, its load balancer`, metric: gateway.metricUnanswered() });
  alarms.watch({
    kind: 'gateway-unwell',
    subject: `${subject}, unwell tasks`,
    metric: gateway.metricUnhealthyTasks(),
    threshold: 0,
    periods: 5,
  });
  alarms.watch({
    kind: 'gateway-unwell',
    subject: `${subject}, no task`,
    metric: gateway.metricHealthyTasks(),
    threshold: 1,
    rings: 'below',
    periods: 3,
    missing: 'rings',
  });
}

function watchCertificate(alarms: AlarmSet, certificateArn: string): void {
  const { namespace, daysToExpiry, certificate } = awsMetrics.certificate;
  const metric = new Metric({
    namespace,
    metricName: daysToExpiry,
    dimensionsMap: { [certificate]: certificateArn },
    statistic: 'Minimum',
    period: Duration.days(1),
  });
  alarms.watch({
    kind: 'certificate-expires',
    subject: 'load balancers',
    metric,
    threshold: daysBeforeExpiry,
    rings: 'below',
  });
}
