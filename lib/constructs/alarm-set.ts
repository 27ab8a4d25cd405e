import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmKind, alarmKinds, runbookSection } from '../observability/alarm-kinds.ts';

export interface AlarmSetProps {
  /** Encrypts the notices; its policy must let CloudWatch use it. */
  readonly encryptionKey: IKey;
}

export interface WatchedMetric {
  readonly kind: AlarmKind;
  /** What it is about, for people, and unique among the alarms of its kind: `telemetry-cleaner of sensor.raw`. */
  readonly subject: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default above */
  readonly rings?: 'above' | 'at-or-above' | 'below';
  /** Periods of the metric that all have to ring. @default 1 */
  readonly periods?: number;
  /** What a missing value means. @default that all is well: most metrics exist only while something happens */
  readonly missing?: 'well' | 'rings';
}

const operators = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  'at-or-above': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/**
 * Alarms that all end in one topic for people or a pager to subscribe to. Each says what happened to what, and which
 * section of the runbook tells the way out.
 */
export class AlarmSet extends Construct {
  readonly notices: ITopic;
  readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmSetProps) {
    super(scope, id);
    this.notices = new Topic(this, 'Notices', { masterKey: props.encryptionKey, enforceSSL: true });
    // A topic with a policy of its own loses the default one, which lets the account's alarms in.
    this.notices.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.notices.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    new CfnOutput(this, 'NoticesArn', { value: this.notices.topicArn, description: 'Subscribe whoever is on call' });
  }

  /** Adds an alarm; its id is its kind and subject, so that one more changes none of the others. */
  watch(watched: WatchedMetric): Alarm {
    const { kind, subject, metric, threshold, rings = 'above', periods = 1, missing = 'well' } = watched;
    const alarm = new Alarm(this.scopeOf(kind), subject.replaceAll('/', ' '), {
      metric,
      threshold,
      comparisonOperator: operators[rings],
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: missing === 'well' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
      alarmDescription: `${subject}: ${alarmKinds[kind]} What to do: ${runbookSection(kind)}`,
    });
    const action = new SnsAction(this.notices);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.alarms.push(alarm);
    return alarm;
  }

  private scopeOf(kind: AlarmKind): Construct {
    const known = this.node.tryFindChild(kind);
    return known instanceof Construct ? known : new Construct(this, kind);
  }
}

/** Period of most metrics that are watched. */
export const minute = Duration.minutes(1);
