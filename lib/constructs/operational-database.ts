import { ArnFormat, Duration, Fn, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  AuroraPostgresEngineVersion,
  type CfnDBCluster,
  CfnGlobalCluster,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseProxy,
  DefaultAuthScheme,
  type IClusterInstance,
  ParameterGroup,
  ProxyTarget,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { operationalDatabase } from '../../src/catalogue/database.ts';
import { environment } from '../../src/catalogue/environment.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { acknowledgeDatabase } from './database-acknowledgements.ts';
import { databaseLogGroups, databaseMonitoringRole, exportedLogs } from './database-logs.ts';
import type { NetworkAccess } from './network-access.ts';
import { sharedValue } from './shared-value.ts';

export interface OperationalDatabaseProps {
  /**
   * Name of cluster and proxy. They have physical names because the services write their logs to groups named after
   * them, and the groups have to exist first to have a key and a retention.
   */
  readonly name: string;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  /** Encrypts storage, backups and performance data. */
  readonly dataKey: IKey;
  /** Encrypts the log groups. */
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Aurora capacity units, at least 0.5: a cluster behind a proxy cannot pause. */
  readonly minCapacity: number;
  readonly maxCapacity: number;
  /** Readers beside the writer; one or more make a failover a matter of seconds. */
  readonly readers: number;
  /** Days that any second can be restored from: 1 to 35. */
  readonly backupRetentionDays: number;
  /** Whether deleting the stack, or the cluster by hand, is refused or leaves the data. */
  readonly retainData: boolean;
  /**
   * Part in a global database that spans two regions.
   * @default - the cluster stands alone
   */
  readonly globalDatabase?: GlobalDatabaseMember;
}

export interface GlobalDatabaseMember {
  /** Identifier of the global database, the same in both regions. */
  readonly name: string;
  /** `first` makes the database; `second` is a copy from its creation on, and has no users of its own. */
  readonly member: 'first' | 'second';
}

const version = AuroraPostgresEngineVersion.VER_17_9;
const port = 5432;

/**
 * Aurora PostgreSQL Serverless v2 behind RDS Proxy. There is no password anywhere: the owner of the tables, the
 * application and the proxy itself sign in with IAM.
 */
export class OperationalDatabase extends Construct {
  readonly cluster: DatabaseCluster;
  readonly proxy: DatabaseProxy;
  private readonly proxyRole: Role;
  /** Part of the proxy's ARN that rights to sign in name. */
  private readonly proxyId: string;
  private readonly proxiedUsers = new Set<string>();

  constructor(scope: Construct, id: string, props: OperationalDatabaseProps) {
    super(scope, id);
    if (props.minCapacity < 0.5) {
      throw new Error(
        `minCapacity of ${this.node.path} is ${props.minCapacity}; give 0.5 or more: RDS Proxy keeps the cluster from pausing`,
      );
    }
    const logGroups = databaseLogGroups(this, props);
    this.cluster = this.makeCluster(props);
    this.proxyRole = new Role(this, 'ProxyRole', { assumedBy: new ServicePrincipal('rds.amazonaws.com') });
    this.proxy = this.makeProxy(props);
    this.proxyId = sharedValue(this, 'DatabaseProxyId', Fn.select(6, Fn.split(':', this.proxy.dbProxyArn)));
    this.proxyMayConnectAs(operationalDatabase.application);
    for (const group of logGroups) {
      this.cluster.node.addDependency(group);
      this.proxy.node.addDependency(group);
    }
    acknowledgeDatabase(this, props);
  }

  /** What a function or service that signs in as `user` has in its environment. */
  environmentFor(user: string = operationalDatabase.application): Record<string, string> {
    return {
      [environment.databaseUrl]: `postgres://${user}@${this.proxy.endpoint}:${port}/${operationalDatabase.name}`,
      [environment.databaseAuth]: 'iam',
    };
  }

  /** Lets a principal sign in through the proxy as a user of the database, the application as a rule. */
  grantConnect(grantee: IGrantable, user: string = operationalDatabase.application): void {
    this.proxyMayConnectAs(user);
    const resourceArns = [this.proxyUserArn(user)];
    Grant.addToPrincipal({ grantee, actions: ['rds-db:connect'], resourceArns });
  }

  /** What the function that migrates has in its environment: it goes to the writer itself, not through the proxy. */
  ownerEnvironment(): Record<string, string> {
    const { owner, name } = operationalDatabase;
    return {
      [environment.databaseUrl]: `postgres://${owner}@${this.cluster.clusterEndpoint.hostname}:${port}/${name}`,
      [environment.databaseAuth]: 'iam',
      // The authorities of RDS, which the function's runtime brings but does not load by itself.
      NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
    };
  }

  /** Lets a principal sign in to the cluster itself as the owner of the tables. */
  grantOwner(grantee: IGrantable): void {
    this.cluster.grantConnect(grantee, operationalDatabase.owner);
  }

  /** A user of the proxy: CDK would take the proxy's ARN apart in the stack of the principal, which is not possible. */
  private proxyUserArn(user: string): string {
    return Stack.of(this).formatArn({
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${this.proxyId}/${user}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private proxyMayConnectAs(user: string): void {
    if (this.proxiedUsers.has(user)) return;
    this.proxiedUsers.add(user);
    this.cluster.grantConnect(this.proxyRole, user);
  }

  private makeCluster(props: OperationalDatabaseProps): DatabaseCluster {
    const engine = DatabaseClusterEngine.auroraPostgres({ version });
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      clusterIdentifier: props.name,
      vpc: props.vpc,
      vpcSubnets: { subnetGroupName: 'isolated' },
      securityGroups: [this.untouched('DatabaseGroup', props.access.database)],
      port,
      ...instancesOf(props),
      serverlessV2MinCapacity: props.minCapacity,
      serverlessV2MaxCapacity: props.maxCapacity,
      parameterGroup: new ParameterGroup(this, 'Parameters', { engine, parameters: { ...parameters } }),
      credentials: Credentials.fromUsername(operationalDatabase.owner),
      manageMasterUserPassword: true,
      defaultDatabaseName: operationalDatabase.name,
      iamAuthentication: true,
      storageEncryptionKey: props.dataKey,
      backup: { retention: Duration.days(props.backupRetentionDays), preferredWindow: '01:00-02:00' },
      preferredMaintenanceWindow: 'Sun:03:00-Sun:04:00',
      cloudwatchLogsExports: ['postgresql'],
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.dataKey,
      monitoringInterval: Duration.seconds(60),
      monitoringRole: databaseMonitoringRole(this),
      deletionProtection: props.retainData,
      deleteAutomatedBackups: !props.retainData,
      removalPolicy: removalPolicyOf(props),
    });
    const resource = cluster.node.defaultChild as CfnDBCluster;
    resource.manageMasterUserPassword = undefined;
    resource.masterUserAuthenticationType = 'iam-db-auth';
    resource.enableCloudwatchLogsExports = [...exportedLogs];
    if (props.globalDatabase !== undefined) this.join(resource, props.globalDatabase, props.retainData);
    return cluster;
  }

  private join(cluster: CfnDBCluster, { name, member }: GlobalDatabaseMember, retainData: boolean): void {
    if (member === 'first') {
      const global = new CfnGlobalCluster(this, 'Global', {
        globalClusterIdentifier: name,
        sourceDbClusterIdentifier: cluster.attrDbClusterArn,
        deletionProtection: retainData,
      });
      global.applyRemovalPolicy(removalPolicyOf({ retainData }));
      return;
    }
    cluster.globalClusterIdentifier = name;
    // Users and databases come with the copy; giving them here is an error.
    cluster.masterUsername = undefined;
    cluster.masterUserAuthenticationType = undefined;
    cluster.databaseName = undefined;
  }

  private makeProxy(props: OperationalDatabaseProps): DatabaseProxy {
    return new DatabaseProxy(this, 'Proxy', {
      dbProxyName: props.name,
      proxyTarget: ProxyTarget.fromCluster(this.cluster),
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      role: this.proxyRole,
      requireTLS: true,
      vpc: props.vpc,
      vpcSubnets: { subnetGroupName: 'isolated' },
      securityGroups: [this.untouched('ProxyGroup', props.access.databaseProxy)],
      // A tenth is left to the migrations and to people who mend something.
      maxConnectionsPercent: 90,
      maxIdleConnectionsPercent: 50,
      borrowTimeout: Duration.seconds(20),
      idleClientTimeout: Duration.minutes(15),
    });
  }

  /** The group as it is: cluster and proxy would add rules of their own, and all rules stand in `NetworkAccess`. */
  private untouched(id: string, group: ISecurityGroup): ISecurityGroup {
    return SecurityGroup.fromSecurityGroupId(this, id, group.securityGroupId, { mutable: false });
  }
}

const parameters = {
  'rds.force_ssl': '1',
  // What changes tables, and statements that are slow; rows never, they may be personal.
  log_statement: 'ddl',
  log_min_duration_statement: '2000',
  log_parameter_max_length: '0',
  log_connections: '1',
  log_disconnections: '1',
  // A function that was cut off leaves nothing locked for longer than this.
  idle_in_transaction_session_timeout: '60000',
} as const;

function instancesOf({ readers, dataKey }: OperationalDatabaseProps): {
  writer: IClusterInstance;
  readers: IClusterInstance[];
} {
  const options = {
    publiclyAccessible: false,
    autoMinorVersionUpgrade: true,
    enablePerformanceInsights: true,
    performanceInsightEncryptionKey: dataKey,
  };
  return {
    writer: ClusterInstance.serverlessV2('Writer', options),
    readers: Array.from({ length: readers }, (_, index) =>
      // The first takes over when the writer fails, so it is as large as the writer.
      ClusterInstance.serverlessV2(`Reader${index + 1}`, { ...options, scaleWithWriter: index === 0 }),
    ),
  };
}
