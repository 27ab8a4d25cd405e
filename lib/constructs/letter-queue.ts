import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, packs } from '../checks/acknowledge.ts';

export interface LetterQueueProps {
  readonly encryptionKey: IKey;
  /** Time limit of the function that reads the queue. */
  readonly readerTimeout: Duration;
  /**
   * Deliveries after which a message is moved to the second queue.
   * @default 100: with the reader's usual time limit of a minute ten hours, which outlasts an outage of the database
   */
  readonly maxDeliveries?: number;
}

/** As long as SQS keeps anything. */
const longest = Duration.days(14);

/**
 * A queue of what failed, with a second one behind it for what its reader cannot take either, from where it can be moved
 * back with one call. Alarms watch the age of both.
 */
export class LetterQueue extends Construct {
  readonly queue: Queue;
  /** What the reader failed at too often: the reader itself is broken then. */
  readonly undelivered: Queue;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, props: LetterQueueProps) {
    super(scope, id);
    this.#key = props.encryptionKey;
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.encryptionKey,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: longest,
    };
    this.undelivered = new Queue(this, 'Undelivered', common);
    this.queue = new Queue(this, 'Letters', {
      ...common,
      // As AWS advises for a queue that a function reads.
      visibilityTimeout: Duration.seconds(props.readerTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: props.maxDeliveries ?? 100 },
    });
    acknowledge(
      this.undelivered,
      'This is the last queue: what its source could not deliver waits here under an alarm until a person has mended the reader and moves it back.',
      `${packs.solutions}-SQS3`,
      `${packs.serverless}-SQSRedrivePolicy`,
    );
  }

  /** Lets a principal put letters into the queue. */
  grantSend(grantee: IGrantable): void {
    const allow = (actions: string[], resource: string) =>
      grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['sqs:SendMessage'], this.queue.queueArn);
    allow(['kms:GenerateDataKey', 'kms:Decrypt'], this.#key.keyArn);
  }

  /** Age of the oldest letter that nobody has taken yet, s. */
  metricOldestAge(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage();
  }

  /** Messages that the reader could not take. */
  metricUndelivered(): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible();
  }
}
