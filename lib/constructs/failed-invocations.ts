import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { failedInvocationPrefix, queueConsumers } from '../../src/catalogue/queue-consumers.ts';
import type { LakeBucket } from './lake-bucket.ts';
import { LetterQueue } from './letter-queue.ts';

export interface FailedInvocationsProps {
  /** Bucket in which Lambda leaves the records of the invocations that it gave up. */
  readonly bucket: LakeBucket;
  readonly encryptionKey: IKey;
}

/** A queue that the bucket tells of every record of a failed invocation. */
export class FailedInvocations extends Construct {
  readonly letters: LetterQueue;

  constructor(scope: Construct, id: string, props: FailedInvocationsProps) {
    super(scope, id);
    this.letters = new LetterQueue(this, 'Queue', {
      encryptionKey: props.encryptionKey,
      readerTimeout: Duration.millis(Math.max(...queueConsumers.map(({ timeoutMs }) => timeoutMs))),
    });
    const { queue } = this.letters;
    queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BucketsOfThisAccountTell',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        // The bucket cannot be named: it is made after this policy, because S3 tries the queue when it is made.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const { resource } = props.bucket;
    resource.notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: failedInvocationPrefix }] } },
        },
      ],
    };
    resource.node.addDependency(queue.node.findChild('Policy'));
  }
}
