import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AlarmSet, type WatchedMetric } from '../../../lib/constructs/alarm-set.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The template of a stack that watches these. */
function templateOf(...watched: readonly WatchedMetric[]): Template {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-central-1' } });
  const alarms = new AlarmSet(stack, 'Alarms', { encryptionKey: new Key(stack, 'Key') });
  for (const one of watched) alarms.watch(one);
  return Template.fromStack(stack);
}

const found = (type: string, template: Template) => Object.entries(template.findResources(type));
const onlyOne = (type: string, template: Template): Properties => found(type, template)[0]?.[1]['Properties'] ?? {};
const alarmOf = (watched: WatchedMetric) => onlyOne('AWS::CloudWatch::Alarm', templateOf(watched));

const ids = (...watched: readonly WatchedMetric[]) =>
  found('AWS::CloudWatch::Alarm', templateOf(...watched)).map(([id]) => id);

const metric = new Metric({ namespace: 'Test', metricName: 'Lag' });
const lag: WatchedMetric = {
  kind: 'consumer-behind-in-time',
  subject: 'writer of alerts',
  metric,
  threshold: 300,
  periods: 15,
};

describe('an alarm', () => {
  test('says what happened to what, and which section of the runbook tells the way out', () => {
    expect(alarmOf(lag)).toMatchObject({
      AlarmDescription: expect.stringMatching(
        /^writer of alerts: A consumer works .* What to do: docs\/runbook\.md#consumer-behind-in-time$/,
      ),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 300,
      EvaluationPeriods: 15,
      DatapointsToAlarm: 15,
      TreatMissingData: 'notBreaching',
    });
  });

  test('speaks when it rings and when it ends', () => {
    const notices = [{ Ref: expect.stringMatching(/^AlarmsNotices/) }];
    expect(alarmOf(lag)).toMatchObject({ AlarmActions: notices, OKActions: notices });
  });

  test('may ring below its threshold, and for want of values', () => {
    expect(alarmOf({ ...lag, rings: 'below', missing: 'rings' })).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  test('keeps its logical id when another is added before it', () => {
    expect(ids({ ...lag, subject: 'another' }, lag)).toEqual(expect.arrayContaining(ids(lag)));
  });
});

describe('the topic of notices', () => {
  const template = templateOf();

  test('is encrypted with the given key', () => {
    const key = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    expect(onlyOne('AWS::SNS::Topic', template)).toMatchObject({ KmsMasterKeyId: key });
  });

  test('takes messages of this account’s alarms, and none without TLS', () => {
    const { PolicyDocument } = onlyOne('AWS::SNS::TopicPolicy', template) as {
      PolicyDocument: { Statement: Properties[] };
    };
    expect(PolicyDocument.Statement).toHaveLength(2);
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });
});
