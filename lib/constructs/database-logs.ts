import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { removalPolicyOf } from '../removal-policy.ts';

/** Kinds of log that the engine sends to CloudWatch; the second tells why a token was refused. */
export const exportedLogs = ['postgresql', 'iam-db-auth-error'] as const;

export interface DatabaseLogsProps {
  /** Name of cluster and proxy. */
  readonly name: string;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
}

/** The groups that cluster and proxy write to; they have to exist before both. */
export function databaseLogGroups(scope: Construct, props: DatabaseLogsProps): readonly LogGroup[] {
  const names = {
    PostgresLog: `/aws/rds/cluster/${props.name}/postgresql`,
    SignInLog: `/aws/rds/cluster/${props.name}/iam-db-auth-error`,
    ProxyLog: `/aws/rds/proxy/${props.name}`,
  };
  return Object.entries(names).map(
    ([id, logGroupName]) =>
      new LogGroup(scope, id, {
        logGroupName,
        encryptionKey: props.logsKey,
        retention: props.logRetentionDays,
        removalPolicy: removalPolicyOf(props),
      }),
  );
}

/** Writes the metrics of the operating system, in place of the managed policy that may do more. */
export function databaseMonitoringRole(scope: Construct): Role {
  const role = new Role(scope, 'MonitoringRole', {
    assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
  });
  const arn = (resourceName: string) =>
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
      resources: [arn('RDSOSMetrics')],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams', 'logs:GetLogEvents'],
      resources: [arn('RDSOSMetrics:log-stream:*')],
    }),
  );
  return role;
}
