import type { IConstruct } from 'constructs';
import { metrics } from '../../src/catalogue/metrics.ts';
import { orderSweeper } from '../../src/catalogue/scheduled-functions.ts';
import type { AlarmSet } from '../constructs/alarm-set.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { findAll } from './find-all.ts';
import { serviceMetric } from './service-metric.ts';

/** Watches sagas where their sweeper is deployed. */
export function watchSagas(alarms: AlarmSet, scope: IConstruct): void {
  if (!findAll(scope, BundledFunction).some(({ entry }) => entry === orderSweeper)) return;
  const metric = serviceMetric(orderSweeper, metrics.sagasStuck);
  alarms.watch({ kind: 'sagas-stuck', subject: orderSweeper, metric, threshold: 0 });
}
