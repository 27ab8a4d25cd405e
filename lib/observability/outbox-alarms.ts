import type { IConstruct } from 'constructs';
import { metrics } from '../../src/catalogue/metrics.ts';
import { fleetClock, orderSweeper } from '../../src/catalogue/scheduled-functions.ts';
import type { AlarmSet } from '../constructs/alarm-set.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { findAll } from './find-all.ts';
import { serviceMetric } from './service-metric.ts';

/** Age of an event in an outbox that the calls of several minutes have not brought to the log, s. */
const toleratedSeconds = 300;

/** Watches the outboxes whose sweepers are deployed. */
export function watchOutboxes(alarms: AlarmSet, scope: IConstruct): void {
  const deployed = new Set(findAll(scope, BundledFunction).map(({ entry }) => entry));
  for (const sweeper of [orderSweeper, fleetClock].filter((name) => deployed.has(name))) {
    alarms.watch({
      kind: 'events-unpublished',
      subject: sweeper,
      metric: serviceMetric(sweeper, metrics.outboxSeconds),
      threshold: toleratedSeconds,
      periods: 5,
      // Without values the sweeper does not run, and nothing is done that is due although no event comes.
      missing: 'rings',
    });
  }
}
