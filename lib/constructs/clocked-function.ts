import { Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import type { ScheduledFunction } from '../../src/catalogue/scheduled-functions.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import { downlinkEnvironment, grantDownlink } from './device-downlink.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';
import type { EventRouter } from './event-router.ts';
import type { NetworkAccess } from './network-access.ts';
import type { OperationalDatabase } from './operational-database.ts';
import type { SchemaIdSource } from './schema-registry.ts';

export interface ClockedFunctionProps {
  /** Declaration in the catalogue; `lambdas/<name>.ts` is its wiring. */
  readonly declaration: ScheduledFunction;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly database: OperationalDatabase;
  readonly router: EventRouter;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the log. */
  readonly retainData: boolean;
}

/**
 * A function that the clock calls, for what is due although no event comes. What it may do follows from its declaration:
 * it signs in to the database, publishes to its topics, and sends notices or messages to devices where it says so.
 */
export class ClockedFunction extends Construct {
  readonly declaration: ScheduledFunction;
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: ClockedFunctionProps) {
    super(scope, id);
    this.declaration = props.declaration;
    this.function = this.makeFunction(props);
    this.grant(props);
    this.callByTheClock(props.declaration);
    acknowledge(
      this.function,
      'A call that fails needs not be kept: the next one finds the same work in the database and does it. Its failures ring an alarm.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaAsyncFailureDestination`,
    );
  }

  private makeFunction(props: ClockedFunctionProps): BundledFunction {
    const { declaration, cluster, registry, database, router, vpc, access } = props;
    return new BundledFunction(this, 'Function', {
      entry: declaration.name,
      description: declaration.description,
      logsKey: props.logsKey,
      logRetentionDays: props.logRetentionDays,
      retainData: props.retainData,
      memoryMb: declaration.memoryMb,
      timeout: Duration.millis(declaration.timeoutMs),
      vpc,
      securityGroups: [access.kafkaClients, access.databaseClients],
      environment: {
        [environment.kafka]: cluster.bootstrapIam,
        [environment.kafkaAuth]: 'iam',
        [environment.schemaIds]: registry.schemaIdsOf([...declaration.topics]),
        ...database.environmentFor(),
        ...(declaration.noticeSource === undefined ? {} : router.environment()),
        ...(declaration.sendsToDevices === true ? downlinkEnvironment(this) : {}),
      },
      // Two calls at once would do the same work; the second is refused, and the next minute's finds what is left.
      reservedConcurrency: 1,
    });
  }

  private grant({ declaration, cluster, database, router }: ClockedFunctionProps): void {
    cluster.grantProduce(this.function, declaration.topics);
    database.grantConnect(this.function);
    if (declaration.noticeSource !== undefined) router.grantPublish(this.function, declaration.noticeSource);
    if (declaration.sendsToDevices === true) grantDownlink(this.function.ownRole);
  }

  private callByTheClock({ everyMinutes, description }: ScheduledFunction): void {
    const every = Duration.minutes(everyMinutes);
    const rule = new Rule(this, 'Clock', { description, schedule: Schedule.rate(every) });
    rule.addTarget(new LambdaFunction(this.function, { retryAttempts: 0, maxEventAge: every }));
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: every });
    acknowledge(
      rule,
      'A call that is not delivered needs not be kept: the next one comes soon and does the same.',
      `${packs.serverless}-EventBusDLQ`,
    );
  }
}
