import { Aws, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { CfnAccountAuditConfiguration, CfnLogging, CfnScheduledAudit, CfnSecurityProfile } from 'aws-cdk-lib/aws-iot';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, packs } from '../checks/acknowledge.ts';
import { iotOfThisAccount } from './iot-destination.ts';

export interface DeviceAccountProps {
  readonly logsKey: IKey;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Settings of IoT Core that exist once an account and region, whatever the number of environments: logging, the daily
 * audit of certificates and policies, and the behaviour that every device is held to.
 */
export class DeviceAccount extends Construct {
  constructor(scope: Construct, id: string, props: DeviceAccountProps) {
    super(scope, id);
    this.addLogging(props);
    this.addAudit();
    this.addBehaviour();
  }

  private addLogging({ logsKey, logRetention, removalPolicy }: DeviceAccountProps): void {
    // IoT Core writes to this name and no other. Made here, it has a key and a retention from the first line on.
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: 'AWSIotLogsV2',
      encryptionKey: logsKey,
      retention: logRetention,
      removalPolicy,
    });
    const role = new Role(this, 'LoggingRole', {
      assumedBy: iotOfThisAccount(this),
      inlinePolicies: {
        WriteLogs: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    new CfnLogging(this, 'Logging', { accountId: Aws.ACCOUNT_ID, defaultLogLevel: 'WARN', roleArn: role.roleArn });
  }

  private addAudit(): void {
    const role = new Role(this, 'AuditRole', {
      assumedBy: iotOfThisAccount(this),
      inlinePolicies: { ReadDevices: auditRights() },
    });
    acknowledge(
      role,
      'An audit reads the certificates, policies and authorities of the whole account; it can change none.',
      `${packs.solutions}-IAM5[Resource::*]`,
    );
    const checks = Object.fromEntries(Object.keys(auditChecks).map((name) => [name, { enabled: true }]));
    const configuration = new CfnAccountAuditConfiguration(this, 'Audit', {
      accountId: Aws.ACCOUNT_ID,
      roleArn: role.roleArn,
      auditCheckConfigurations: checks,
    });
    new CfnScheduledAudit(this, 'DailyAudit', {
      frequency: 'DAILY',
      targetCheckNames: Object.values(auditChecks),
    }).addResourceDependency(configuration);
  }

  private addBehaviour(): void {
    const { partition, region, account } = Stack.of(this);
    new CfnSecurityProfile(this, 'Behaviour', {
      securityProfileDescription: 'What no healthy device of the event bus does',
      targetArns: [`arn:${partition}:iot:${region}:${account}:all/registered-things`],
      behaviors: [
        // A device that is refused again and again has another device's name, an old policy, or is probing.
        behaviour('RefusedTooOften', 'aws:num-authorization-failures', 20),
        behaviour('ConnectsTooOften', 'aws:num-connection-attempts', 60),
        behaviour('SendsTooMuch', 'aws:num-messages-received', 6_000),
      ],
    });
  }
}

/** Property of each check, and its name in a schedule. */
const auditChecks = {
  caCertificateExpiringCheck: 'CA_CERTIFICATE_EXPIRING_CHECK',
  conflictingClientIdsCheck: 'CONFLICTING_CLIENT_IDS_CHECK',
  deviceCertificateExpiringCheck: 'DEVICE_CERTIFICATE_EXPIRING_CHECK',
  deviceCertificateKeyQualityCheck: 'DEVICE_CERTIFICATE_KEY_QUALITY_CHECK',
  deviceCertificateSharedCheck: 'DEVICE_CERTIFICATE_SHARED_CHECK',
  iotPolicyOverlyPermissiveCheck: 'IOT_POLICY_OVERLY_PERMISSIVE_CHECK',
  loggingDisabledCheck: 'LOGGING_DISABLED_CHECK',
  revokedCaCertificateStillActiveCheck: 'REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK',
  revokedDeviceCertificateStillActiveCheck: 'REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE_CHECK',
} as const satisfies Partial<Record<keyof CfnAccountAuditConfiguration.AuditCheckConfigurationsProperty, string>>;

function auditRights(): PolicyDocument {
  const actions = [
    'iot:DescribeCACertificate',
    'iot:DescribeCertificate',
    'iot:GetEffectivePolicies',
    'iot:GetLoggingOptions',
    'iot:GetPolicy',
    'iot:GetPolicyVersion',
    'iot:GetV2LoggingOptions',
    'iot:ListCACertificates',
    'iot:ListCertificates',
    'iot:ListPolicies',
  ];
  return new PolicyDocument({ statements: [new PolicyStatement({ actions, resources: ['*'] })] });
}

function behaviour(name: string, metric: string, count: number): CfnSecurityProfile.BehaviorProperty {
  return {
    name,
    metric,
    criteria: {
      comparisonOperator: 'less-than',
      value: { count: String(count) },
      durationSeconds: 300,
      consecutiveDatapointsToAlarm: 2,
      consecutiveDatapointsToClear: 2,
    },
  };
}
