import { CfnOutput } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { removalPolicyOf } from '../removal-policy.ts';

/** Name of the output that the other region of an environment reads; frozen. */
export const dataKeyOutput = 'DataKeyArn';

/** Customer-managed keys, one a kind of data, so that rights to read one kind give none to another. */
export class KeysStack extends BusStack {
  /** Records in motion: brokers, queues, topics of notices, event buses, secrets of clients. */
  readonly bus: Key;
  /** Records at rest: buckets, databases, the warehouse, the cache. */
  readonly data: Key;
  /** Logs of every part. */
  readonly logs: Key;

  constructor(scope: Construct, id: string, props: BusStackProps) {
    super(scope, id, props);
    this.bus = this.key('Bus', 'Records in motion on the event bus');
    this.data = this.key('Data', 'Records at rest of the event bus');
    this.logs = this.key('Logs', 'Logs of the event bus');
    this.allowEventRules(this.bus);
    this.allowAlarms(this.bus);
    this.allowBucketNotifications(this.bus);
    new CfnOutput(this, dataKeyOutput, { value: this.data.keyArn }).overrideLogicalId(dataKeyOutput);
    this.logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroupsOfThisAccount',
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        // In a key policy the resource is the key itself.
        resources: ['*'],
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': this.formatArn({ service: 'logs', resource: '*' }) },
        },
      }),
    );
  }

  /** Lets EventBridge read and write what lies encrypted in its archives, and in the queues and topics it delivers to. */
  private allowEventRules(key: Key): void {
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventRulesOfThisAccount',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ReEncrypt*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
  }

  /** Lets buckets write their notifications into encrypted queues. */
  private allowBucketNotifications(key: Key): void {
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BucketsOfThisAccount',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
  }

  /** Lets alarms speak into a topic whose messages are encrypted. */
  private allowAlarms(key: Key): void {
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
  }

  private key(id: string, description: string): Key {
    return new Key(this, id, {
      description: `${description} (${this.config.name})`,
      enableKeyRotation: true,
      multiRegion: false,
      removalPolicy: removalPolicyOf(this.config),
    });
  }
}
