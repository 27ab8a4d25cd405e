import { Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { eventSources } from '../../src/catalogue/event-routing.ts';
import { asidePrefix, letterPrefix } from '../../src/catalogue/object-prefixes.ts';
import { failedInvocationPrefix, type QueueConsumer } from '../../src/catalogue/queue-consumers.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EventRouter } from './event-router.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { LetterQueue } from './letter-queue.ts';
import type { NetworkAccess } from './network-access.ts';
import type { OperationalDatabase } from './operational-database.ts';

export interface LetterReaderProps {
  /** Declaration in the catalogue; `lambdas/<name>.ts` is its wiring. */
  readonly consumer: QueueConsumer;
  /** Queues that it reads. */
  readonly queues: readonly LetterQueue[];
  /** Ids of all schema versions that letters may name, as `EVENT_BUS_SCHEMA_IDS` takes them. */
  readonly schemaIds: string;
  readonly database: OperationalDatabase;
  readonly objects: LakeBucket;
  readonly router: EventRouter;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
}

/** The function behind all dead-letter queues: keeps what failed, groups it by cause, and tells of it. */
export class LetterReader extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: LetterReaderProps) {
    super(scope, id);
    const { consumer, queues, database, objects, router } = props;
    this.function = new BundledFunction(this, 'Function', {
      entry: consumer.name,
      description: consumer.description,
      logsKey: props.logsKey,
      logRetentionDays: props.logRetentionDays,
      retainData: props.retainData,
      memoryMb: consumer.memoryMb,
      timeout: Duration.millis(consumer.timeoutMs),
      vpc: props.vpc,
      securityGroups: [props.access.databaseClients],
      environment: {
        [environment.schemaIds]: props.schemaIds,
        [environment.objects]: `s3://${objects.bucketName}`,
        ...database.environmentFor(),
        ...router.environment(),
      },
      // As many as all mappings together may start: fewer, and refused invocations would count as deliveries.
      reservedConcurrency: consumer.concurrency * queues.length,
    });
    for (const { queue } of queues) {
      this.function.addEventSource(
        new SqsEventSource(queue, {
          batchSize: consumer.batchSize,
          maxBatchingWindow: Duration.seconds(consumer.batchWindowSeconds),
          maxConcurrency: consumer.concurrency,
          reportBatchItemFailures: true,
        }),
      );
    }
    database.grantConnect(this.function);
    router.grantPublish(this.function, eventSources.deadLetters);
    this.grantObjects(objects);
    acknowledge(
      this.function,
      'Only its queues call it, and wait for its answer; what it cannot take goes to the second queue behind each of them.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaEventSourceMappingDestination`,
    );
  }

  private grantObjects(objects: LakeBucket): void {
    const role = this.function.ownRole;
    objects.allow(role, letterPrefix, 'read', 'write');
    objects.allow(role, asidePrefix, 'write');
    objects.allow(role, failedInvocationPrefix, 'read', 'delete');
  }
}
