import { Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { CompositePrincipal, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnNamespace, CfnWorkgroup } from 'aws-cdk-lib/aws-redshiftserverless';
import { Construct } from 'constructs';
import { warehouse } from '../../src/catalogue/database.ts';
import { environment } from '../../src/catalogue/environment.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { NetworkAccess } from './network-access.ts';
import { WarehouseSettings } from './warehouse-settings.ts';

export interface WarehouseProps {
  /** Name of namespace, workgroup and log groups: 3 to 64 small letters, digits and dashes. */
  readonly name: string;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  /** Encrypts the data, its snapshots and the administrator's secret. */
  readonly dataKey: IKey;
  /** Encrypts the log groups. */
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Redshift processing units that a query starts with: 8 to 1024. */
  readonly baseCapacity: number;
  /** Redshift processing units at most. */
  readonly maxCapacity: number;
  /** Hours a day at the largest capacity after which an alarm is due, or the workgroup is switched off. @default 8 */
  readonly fullHoursPerDay?: number;
  /** Whether deleting the stack leaves the data. */
  readonly retainData: boolean;
  /** Where snapshots are copied to. @default - they stay in the region */
  readonly snapshotCopy?: SnapshotCopy;
}

export interface SnapshotCopy {
  readonly region: string;
  /** Key of that region; no key leaves one. */
  readonly keyArn: string;
}

/** Redshift calls under both names. */
const redshift = ['redshift.amazonaws.com', 'redshift-serverless.amazonaws.com'];
const administrator = 'event_bus_admin';
const exportedLogs = ['userlog', 'connectionlog', 'useractivitylog'];
/** Days that copies of snapshots are kept in the other region. */
const copiedDays = 14;

/**
 * Redshift Serverless, reached through the Data API only: nothing may open a connection to it, and its administrator's
 * password is made, kept and rotated by the service.
 */
export class Warehouse extends Construct {
  readonly namespace: CfnNamespace;
  readonly workgroup: CfnWorkgroup;
  /** What COPY reads the lake with. */
  readonly copyRole: Role;
  /** ARN of the secret of the administrator. */
  readonly adminSecretArn: string;
  private readonly dataKey: IKey;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    if (!/^[a-z0-9-]{3,64}$/.test(props.name)) {
      throw new Error(`warehouse is named "${props.name}"; Redshift takes 3 to 64 small letters, digits and dashes`);
    }
    this.dataKey = props.dataKey;
    const logGroups = this.logGroups(props);
    const ofThisAccount = { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } };
    this.copyRole = new Role(this, 'CopyRole', {
      assumedBy: new CompositePrincipal(...redshift.map((name) => new ServicePrincipal(name, ofThisAccount))),
      description: 'Reads what the warehouse loads from the lake',
    });
    this.namespace = this.makeNamespace(props);
    for (const group of logGroups) this.namespace.node.addDependency(group);
    this.workgroup = this.makeWorkgroup(props);
    const settings = new WarehouseSettings(this, 'Settings', {
      namespaceName: props.name,
      namespaceArn: this.namespace.attrNamespaceNamespaceArn,
      workgroupArn: this.workgroup.attrWorkgroupWorkgroupArn,
      processingUnitHoursPerDay: props.maxCapacity * (props.fullHoursPerDay ?? 8),
      // What nobody has to rely on is switched off; what people rely on tells them.
      onBreach: props.retainData ? 'emit-metric' : 'deactivate',
      logsKey: props.logsKey,
      logRetentionDays: props.logRetentionDays,
      retainData: props.retainData,
    });
    this.adminSecretArn = settings.adminSecretArn;
  }

  /** What a function that loads has in its environment. */
  environment(): Record<string, string> {
    return {
      [environment.warehouse]: `redshift://${this.workgroup.workgroupName}/${warehouse.database}`,
      [environment.warehouseCopyRole]: this.copyRole.roleArn,
    };
  }

  /** Lets COPY read the objects of a bucket. */
  grantLoadFrom(bucket: LakeBucket): void {
    bucket.allow(this.copyRole, '', 'read');
    bucket.allowListing(this.copyRole);
  }

  /** Lets a principal run statements as the user that Redshift derives from it; what that user may is said in SQL. */
  grantStatements(grantee: IGrantable): void {
    const workgroup = [this.workgroup.attrWorkgroupWorkgroupArn];
    this.grant(grantee, ['redshift-serverless:GetCredentials'], workgroup);
    this.grant(grantee, ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'], workgroup);
    this.grantOwnResults(grantee);
  }

  /** Lets a principal run statements as the administrator. */
  grantAdministration(grantee: IGrantable): void {
    this.grant(grantee, ['redshift-data:ExecuteStatement'], [this.workgroup.attrWorkgroupWorkgroupArn]);
    this.grant(grantee, ['secretsmanager:GetSecretValue'], [this.adminSecretArn]);
    this.dataKey.grantDecrypt(grantee);
    this.grantOwnResults(grantee);
  }

  /** A statement has no ARN; who started it may ask for it. */
  private grantOwnResults(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [
          'redshift-data:DescribeStatement',
          'redshift-data:GetStatementResult',
          'redshift-data:CancelStatement',
        ],
        resources: ['*'],
        conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
      }),
    );
  }

  private grant(grantee: IGrantable, actions: string[], resources: string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }

  private makeNamespace(props: WarehouseProps): CfnNamespace {
    const { dataKey, retainData, snapshotCopy } = props;
    const namespace = new CfnNamespace(this, 'Namespace', {
      namespaceName: props.name,
      dbName: warehouse.database,
      adminUsername: administrator,
      manageAdminPassword: true,
      adminPasswordSecretKmsKeyId: dataKey.keyArn,
      kmsKeyId: dataKey.keyArn,
      iamRoles: [this.copyRole.roleArn],
      defaultIamRoleArn: this.copyRole.roleArn,
      logExports: exportedLogs,
      ...(snapshotCopy === undefined
        ? {}
        : {
            snapshotCopyConfigurations: [
              {
                destinationRegion: snapshotCopy.region,
                destinationKmsKeyId: snapshotCopy.keyArn,
                snapshotRetentionPeriod: copiedDays,
              },
            ],
          }),
    });
    namespace.applyRemovalPolicy(removalPolicyOf({ retainData }));
    return namespace;
  }

  private makeWorkgroup(props: WarehouseProps): CfnWorkgroup {
    const workgroup = new CfnWorkgroup(this, 'Workgroup', {
      workgroupName: props.name,
      namespaceName: this.namespace.ref,
      baseCapacity: props.baseCapacity,
      maxCapacity: props.maxCapacity,
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      subnetIds: props.vpc.selectSubnets({ subnetGroupName: 'isolated' }).subnetIds,
      securityGroupIds: [props.access.warehouse.securityGroupId],
      configParameters: Object.entries(parameters).map(([parameterKey, parameterValue]) => ({
        parameterKey,
        parameterValue,
      })),
    });
    workgroup.applyRemovalPolicy(removalPolicyOf(props));
    return workgroup;
  }

  /** Redshift names them after the namespace; made first, they have a key and a retention. */
  private logGroups({ name, logsKey, logRetentionDays, retainData }: WarehouseProps): readonly LogGroup[] {
    const ids = { userlog: 'UserLog', connectionlog: 'ConnectionLog', useractivitylog: 'ActivityLog' };
    return Object.entries(ids).map(
      ([log, id]) =>
        new LogGroup(this, id, {
          logGroupName: `/aws/redshift/${name}/${log}`,
          encryptionKey: logsKey,
          retention: logRetentionDays,
          removalPolicy: removalPolicyOf({ retainData }),
        }),
    );
  }
}

const parameters = {
  require_ssl: 'true',
  enable_user_activity_logging: 'true',
  // Seconds: a query that runs for longer is ended before it costs more than it is worth.
  max_query_execution_time: '3600',
} as const;
