import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import { mappingBreaker, outageTag } from '../../src/catalogue/outage-budget.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import type { KafkaConsumer } from './kafka-consumer.ts';

export interface MappingBreakerProps {
  /** Those whose retries are limited are looked after; the others have nothing to use up. */
  readonly consumers: readonly KafkaConsumer[];
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the log. */
  readonly retainData: boolean;
}

/**
 * Switches mappings off before an outage has used up their retries, and on again every minute until the dependency is
 * back. It hears of outages from the logs of the consumers, and needs neither the network nor what may be away there.
 */
export class MappingBreaker extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, { consumers, ...props }: MappingBreakerProps) {
    super(scope, id);
    const limited = consumers.filter(({ consumer }) => consumer.retryAttempts >= 0);
    const ids = limited.map(({ consumer, mappings }) => [
      consumer.name,
      Object.fromEntries(mappings.map(({ topic, resource }) => [topic, resource.attrId])),
    ]);
    this.function = new BundledFunction(this, 'Function', {
      ...props,
      entry: mappingBreaker,
      description: 'Switches mappings off in an outage before their retries are used up, and tries them every minute',
      timeout: Duration.seconds(50),
      environment: { [environment.mappings]: Stack.of(this).toJsonString(Object.fromEntries(ids)) },
      // Kept aside, so that an outage that fills the account's pool cannot keep it from its work: one for each log, and the clock.
      reservedConcurrency: limited.length + 1,
    });
    this.grantSwitch(limited);
    this.hear(limited);
    this.callEveryMinute();
    acknowledge(
      this.function,
      'It handles no records and reaches nothing but Lambda, which has no place in the network; inside, it would need one more endpoint.',
      ...inRegulations('LambdaInsideVPC'),
    );
    acknowledge(
      this.function,
      'A call that fails needs not be kept: the next minute’s call sees the same mappings and decides anew. Its failures ring an alarm.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaAsyncFailureDestination`,
    );
  }

  /** Minutes that the longest outage has lasted; absent when the breaker does not run. */
  metricOutage(props?: Partial<MetricProps>): Metric {
    return new Metric({
      namespace: metrics.namespace,
      metricName: metrics.outageMinutes,
      dimensionsMap: { [dimensions.service]: mappingBreaker },
      statistic: 'Maximum',
      period: Duration.minutes(1),
      ...props,
    });
  }

  private grantSwitch(consumers: readonly KafkaConsumer[]): void {
    const resources = consumers.flatMap(({ mappings }) =>
      mappings.map(({ resource }) => resource.attrEventSourceMappingArn),
    );
    if (resources.length === 0) return;
    const actions = ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping', 'lambda:ListTags'];
    this.function.addToRolePolicy(new PolicyStatement({ actions, resources }));
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:TagResource', 'lambda:UntagResource'],
        resources,
        conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [outageTag] } },
      }),
    );
  }

  /** Lines of invocations that ended waiting for a dependency, from the log of each consumer. */
  private hear(consumers: readonly KafkaConsumer[]): void {
    const filterPattern = FilterPattern.numberValue(`$.${metrics.recordsWaiting}`, '>', 0);
    for (const { consumer, function: source } of consumers) {
      source.logGroup.addSubscriptionFilter(`Waiting${consumer.name}`, {
        destination: new LambdaDestination(this.function),
        filterPattern,
      });
    }
  }

  private callEveryMinute(): void {
    const rule = new Rule(this, 'EveryMinute', {
      description: 'Looks after the mappings that an outage has switched off',
      schedule: Schedule.rate(Duration.minutes(1)),
    });
    rule.addTarget(new LambdaFunction(this.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }));
    // Signs come again when their call fails; older ones say nothing about now.
    this.function.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.minutes(5) });
    acknowledge(
      rule,
      'A call that is not delivered needs not be kept: the next one comes within a minute and does the same.',
      `${packs.serverless}-EventBusDLQ`,
    );
  }
}
