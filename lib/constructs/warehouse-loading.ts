import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { functionNames } from '../bundling/function-bundle.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction, type BundledFunctionProps } from './bundled-function.ts';
import { DeploymentStep } from './deployment-step.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { Warehouse } from './warehouse.ts';

export interface WarehouseLoadingProps {
  readonly warehouse: Warehouse;
  /** Bucket whose new objects are loaded; its events go to the account's EventBridge. */
  readonly source: LakeBucket;
  /** Encrypts the queues of names. */
  readonly busKey: IKey;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
  /**
   * Name of the file in `lambdas` with the loader.
   * @default warehouse-loader
   */
  readonly loaderEntry?: string;
}

const loaderTimeout = Duration.minutes(5);

/**
 * The way of new objects of the lake into the warehouse: EventBridge puts their names into a queue, the loader takes them
 * in batches and lets the warehouse copy. Role, queue and access stand before the loader does; with `lambdas/warehouse-loader.ts`
 * there, the next deployment makes its function and opens the queue.
 */
export class WarehouseLoading extends Construct {
  /** Names of new objects that were not loaded yet. */
  readonly names: Queue;
  /** Names that the loader failed at too often. */
  readonly failed: Queue;
  readonly role: Role;
  readonly loader?: BundledFunction;

  constructor(scope: Construct, id: string, props: WarehouseLoadingProps) {
    super(scope, id);
    const entry = props.loaderEntry ?? 'warehouse-loader';
    const hasLoader = functionNames().includes(entry);
    this.failed = this.queue('Failed', props);
    this.names = this.queue('Names', props, this.failed);
    this.announce(props.source, hasLoader);
    this.role = this.loaderRole();
    props.warehouse.grantLoadFrom(props.source);
    props.warehouse.grantStatements(this.role);
    const access = this.grantAccess(props);
    if (hasLoader) this.loader = this.makeLoader(entry, props, access);
  }

  private announce(source: LakeBucket, enabled: boolean): void {
    const rule = new Rule(this, 'NewObjects', {
      description: 'New objects of the lake that the warehouse loads',
      enabled,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [source.bucketName] } },
      },
    });
    rule.addTarget(new SqsQueue(this.names, { deadLetterQueue: this.failed }));
  }

  private loaderRole(): Role {
    const role = new Role(this, 'LoaderRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Takes names of new objects and lets the warehouse copy them',
    });
    acknowledge(
      role,
      'The Data API’s questions about a statement name no resource; a condition limits them to statements that the caller itself has started. X-Ray’s actions to write segments name none either.',
      `${packs.solutions}-IAM5[Resource::*]`,
    );
    return role;
  }

  /** Makes the loader’s user in the warehouse, before the loader. */
  private grantAccess(props: WarehouseLoadingProps): DeploymentStep {
    const { warehouse } = props;
    const handler = new BundledFunction(this, 'Access', {
      ...functionProps(props),
      entry: 'warehouse-access',
      description: 'Grants the loader its access in the warehouse',
      environment: {
        ...warehouse.environment(),
        [environment.warehouseAdminSecret]: warehouse.adminSecretArn,
        [environment.warehouseLoaderRole]: this.role.roleName,
      },
      // A warehouse that slept needs a moment for its first answer.
      timeout: Duration.minutes(5),
      reservedConcurrency: 1,
    });
    warehouse.grantAdministration(handler);
    acknowledgeOutside(handler);
    acknowledge(
      handler,
      'Called by deployments only, which wait for the answer and end with its failure: there is no event to keep.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return new DeploymentStep(this, 'Step', { handler });
  }

  private makeLoader(entry: string, props: WarehouseLoadingProps, access: DeploymentStep): BundledFunction {
    const loader = new BundledFunction(this, 'Loader', {
      ...functionProps(props),
      entry,
      description: 'Loads new objects of the lake into the warehouse',
      role: this.role,
      environment: props.warehouse.environment(),
      timeout: loaderTimeout,
      // Loads of one table wait for each other in the warehouse.
      reservedConcurrency: 4,
    });
    loader.node.addDependency(access);
    loader.addEventSource(
      new SqsEventSource(this.names, {
        batchSize: 500,
        maxBatchingWindow: Duration.minutes(1),
        maxConcurrency: 4,
        reportBatchItemFailures: true,
      }),
    );
    acknowledgeOutside(loader);
    acknowledge(
      loader,
      'The function is called by its queue, which keeps what failed and moves it to a queue of its own; a mapping of a queue offers no destination beside that.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaEventSourceMappingDestination`,
    );
    return loader;
  }

  private queue(id: string, { busKey }: WarehouseLoadingProps, deadLetters?: Queue): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: busKey,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(loaderTimeout.toSeconds() * 6),
      ...(deadLetters === undefined ? {} : { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 20 } }),
    });
    if (deadLetters === undefined) {
      acknowledge(
        queue,
        'This is the last queue: names that could not be loaded wait here under an alarm until a person moves them back.',
        `${packs.solutions}-SQS3`,
        `${packs.serverless}-SQSRedrivePolicy`,
      );
    }
    return queue;
  }
}

function functionProps(
  props: WarehouseLoadingProps,
): Pick<BundledFunctionProps, 'logsKey' | 'logRetentionDays' | 'retainData'> {
  const { logsKey, logRetentionDays, retainData } = props;
  return { logsKey, logRetentionDays, retainData };
}

function acknowledgeOutside(handler: BundledFunction): void {
  acknowledge(
    handler,
    'It speaks to the Data API of Redshift alone, with IAM over TLS, and handles names of objects and statements, never records. A place in the network would need one more endpoint and protect nothing.',
    ...inRegulations('LambdaInsideVPC'),
  );
}
