import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import { DeploymentStep } from './deployment-step.ts';
import type { NetworkAccess } from './network-access.ts';
import type { OperationalDatabase } from './operational-database.ts';

export interface DatabaseMigrationProps {
  readonly database: OperationalDatabase;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
}

/**
 * Migrates the database and prepares the application's role while the database's own stack is deployed, so before any
 * function or service of the same version. The functions of the version before keep running meanwhile: a migration
 * expands (new tables, new optional columns), and what became useless is dropped by a later release.
 */
export class DatabaseMigration extends Construct {
  constructor(scope: Construct, id: string, { database, access, ...props }: DatabaseMigrationProps) {
    super(scope, id);
    const migrate = new BundledFunction(this, 'Migrate', {
      ...props,
      entry: 'migrate',
      description: 'Migrates the operational database and prepares the role of the application',
      securityGroups: [access.migrations],
      environment: database.ownerEnvironment(),
      timeout: Duration.minutes(14),
      // Two would only wait for each other.
      reservedConcurrency: 1,
    });
    database.grantOwner(migrate);
    acknowledge(
      migrate,
      'Called by deployments only, which wait for the answer and end with its failure: there is no event to keep.',
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
    );
    // For people: a failover calls it by hand, see the runbook.
    new CfnOutput(Stack.of(this), 'MigrateFunction', { value: migrate.functionName });
    new DeploymentStep(this, 'Step', { handler: migrate, after: [database.cluster] });
  }
}
