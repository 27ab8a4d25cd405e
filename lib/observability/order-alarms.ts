import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import { orderSweeper } from '../../src/catalogue/scheduled-functions.ts';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { findAll } from './find-all.ts';

/** Age of an event in the outbox that the sweeps of several minutes have not brought to the log, s. */
const toleratedOutboxSeconds = 300;

/** Watches sagas and the outbox where their sweeper is deployed. */
export function watchOrders(alarms: AlarmSet, scope: IConstruct): void {
  if (!findAll(scope, BundledFunction).some(({ entry }) => entry === orderSweeper)) return;
  alarms.watch({ kind: 'sagas-stuck', subject: orderSweeper, metric: measured(metrics.sagasStuck), threshold: 0 });
  // Without values the sweeper does not run, and no deadline of any saga is kept.
  alarms.watch({
    kind: 'events-unpublished',
    subject: orderSweeper,
    metric: measured(metrics.outboxSeconds),
    threshold: toleratedOutboxSeconds,
    periods: 5,
    missing: 'rings',
  });
}

function measured(metricName: string): Metric {
  return new Metric({
    namespace: metrics.namespace,
    metricName,
    dimensionsMap: { [dimensions.service]: orderSweeper },
    statistic: 'Maximum',
    period: minute,
  });
}
