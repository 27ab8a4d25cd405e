import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';

/** What a reviewer may ask about the operational database. */
export function acknowledgeDatabase(database: Construct, { retainData }: { readonly retainData: boolean }): void {
  const { partition, region } = Stack.of(database);
  acknowledge(
    database,
    'Enhanced monitoring names a log stream after each instance in a log group that the service shares among all databases of an account; the role can write these streams and nothing else.',
    `${packs.solutions}-IAM5[Resource::arn:${partition}:logs:${region}:<AWS::AccountId>:log-group:RDSOSMetrics:log-stream:*]`,
  );
  acknowledge(
    database,
    'Aurora backs the cluster up continuously: any second of the retention can be restored, encrypted with the same key. A plan of AWS Backup would add daily copies in the same region that restore less.',
    ...inRegulations('RDSInBackupPlan'),
  );
  if (retainData) return;
  acknowledge(
    database,
    'An environment for development holds generated data only, and is meant to be deleted as a whole with one command.',
    `${packs.solutions}-RDS10`,
    ...inRegulations('RDSInstanceDeletionProtectionEnabled'),
  );
}
