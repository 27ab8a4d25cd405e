import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import { minute } from '../constructs/alarm-set.ts';

/** A metric that a function writes of itself: its largest value in a minute. */
export function serviceMetric(service: string, metricName: string): Metric {
  return new Metric({
    namespace: metrics.namespace,
    metricName,
    dimensionsMap: { [dimensions.service]: service },
    statistic: 'Maximum',
    period: minute,
  });
}
