import { Fn, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnClusterPolicy, CfnConfiguration } from 'aws-cdk-lib/aws-msk';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import type { ClusterConfig } from '../config.ts';
import { BootstrapBrokers } from './bootstrap-brokers.ts';
import { brokerProperties } from './broker-properties.ts';
import { ScramUsers } from './scram-users.ts';
import { sharedValue } from './shared-value.ts';

export interface EventBusClusterProps {
  /** Name of the cluster and prefix of its secret, for example `event-bus-dev`. */
  readonly clusterName: string;
  readonly config: ClusterConfig;
  readonly vpc: IVpc;
  /** Group of the brokers; readers that AWS manages for us are members too. */
  readonly securityGroup: ISecurityGroup;
  /** Encrypts the brokers' disks and the user's secret. */
  readonly encryptionKey: IKey;
  readonly logsKey: IKey;
  readonly logRetentionDays: RetentionDays;
  /** What becomes of the cluster, its user and its logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether a Replicator in another region reads the cluster. @default false */
  readonly replicated?: boolean;
}

/**
 * The Kafka cluster: provisioned, KRaft, TLS only, IAM for every principal of AWS, and SCRAM for IoT Core, which cannot
 * use IAM. MSK refuses one change while another is under way, so cluster, policy, user and access rules come one after
 * the other; what needs the cluster waits for `ready`.
 */
export class EventBusCluster extends Construct {
  readonly clusterArn: string;
  readonly clusterName: string;
  /** The part of the cluster's ARN that MSK chooses. */
  readonly clusterUuid: string;
  /** `host:9098,…`, for clients with IAM. */
  readonly bootstrapIam: string;
  /** `host:9096,…`, for IoT Core. */
  readonly bootstrapScram: string;
  /** Name, not ARN, of IoT Core's secret. */
  readonly scramSecretName: string;
  /** Users of IoT Core as access rules name them, for example `User:iot`. */
  readonly scramPrincipals: readonly string[];
  readonly securityGroup: ISecurityGroup;
  /** Subnets of the brokers. */
  readonly subnetIds: readonly string[];
  /** Done when the cluster knows its users, and access rules may be made. */
  readonly userKnown: IDependable;
  /** Done when topics may be created. */
  readonly ready: IDependable;
  readonly #steps = new DependencyGroup();

  constructor(scope: Construct, id: string, props: EventBusClusterProps) {
    super(scope, id);
    this.subnetIds = props.vpc.selectSubnets({ subnetGroupName: 'isolated' }).subnetIds;
    const cluster = this.addCluster(props);
    this.clusterName = props.clusterName;
    this.clusterArn = sharedValue(this, 'ClusterArn', cluster.attrArn);
    this.clusterUuid = sharedValue(this, 'ClusterUuid', Fn.select(2, Fn.split('/', cluster.attrArn)));
    this.securityGroup = props.securityGroup;
    const names = props.config.iotUsers ?? ['iot'];
    const users = new ScramUsers(this, 'IotUsers', {
      clusterArn: this.clusterArn,
      names,
      prefix: props.clusterName,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
    users.association.addResourceDependency(this.addPolicy(props.replicated ?? false));
    this.scramSecretName = users.secretName(names.at(-1) ?? names[0]);
    this.scramPrincipals = names.map((name) => `User:${name}`);
    const { logsKey, logRetentionDays, removalPolicy } = props;
    const brokers = new BootstrapBrokers(this, 'Bootstrap', {
      clusterArn: this.clusterArn,
      variant: 'iam,scram',
      logsKey,
      logRetentionDays,
      removalPolicy,
    });
    brokers.node.addDependency(users.association);
    this.bootstrapIam = brokers.iam;
    this.bootstrapScram = brokers.scram;
    this.userKnown = users.association;
    this.ready = this.#steps;
    this.addStep(users.association);
  }

  /** Makes whatever waits for `ready` wait for this too. */
  addStep(step: IDependable): void {
    this.#steps.add(step);
  }

  topicArn(topic: string): string {
    return this.arnOf('topic', topic);
  }

  groupArn(groupId: string): string {
    return this.arnOf('group', groupId);
  }

  /** The right to log in with IAM; every other right on the cluster needs it. */
  grantConnect(grantee: IGrantable): Grant {
    return grant(grantee, ['kafka-cluster:Connect'], this.clusterArn);
  }

  /** Rights of a producer that writes each record once. */
  grantProduce(grantee: IGrantable, topics: readonly string[]): Grant {
    const actions = ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'];
    return grant(grantee, actions, this.clusterArn).combine(
      grant(
        grantee,
        ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
        ...topics.map((t) => this.topicArn(t)),
      ),
    );
  }

  /** Rights of one consumer group, as the pollers of Lambda's event source mappings need them too. */
  grantConsume(grantee: IGrantable, topics: readonly string[], groupId: string): Grant {
    const actions = ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'];
    return grant(grantee, actions, this.clusterArn)
      .combine(
        grant(
          grantee,
          ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
          ...topics.map((t) => this.topicArn(t)),
        ),
      )
      .combine(grant(grantee, ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], this.groupArn(groupId)));
  }

  /** The right to change access rules, which is the right to change the cluster as its own protocol allows it. */
  grantManageAccess(grantee: IGrantable): Grant {
    const actions = ['AlterCluster', 'Connect', 'DescribeCluster'];
    return grant(grantee, actions.map(dataAction), this.clusterArn);
  }

  /** The right to ask MSK what the cluster is and where its brokers are, for readers that AWS manages. */
  grantDescribe(grantee: IGrantable): Grant {
    const actions = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'];
    return grant(grantee, actions, this.clusterArn);
  }

  /** Rights of a Firehose stream that reads one topic. Firehose names its groups itself. */
  grantDeliver(grantee: IGrantable, topic: string): Grant {
    const topicActions = ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'];
    return this.grantDescribe(grantee)
      .combine(this.grantConnect(grantee))
      .combine(grant(grantee, topicActions.map(dataAction), this.topicArn(topic)))
      .combine(grant(grantee, ['kafka-cluster:DescribeGroup'], this.groupArn('*')));
  }

  private arnOf(resource: 'topic' | 'group', name: string): string {
    const resourceName = `${this.clusterName}/${this.clusterUuid}/${name}`;
    return Stack.of(this).formatArn({ service: 'kafka', resource, resourceName });
  }

  private addCluster(props: EventBusClusterProps): CfnCluster {
    const { config, securityGroup } = props;
    const iam = { enabled: true };
    const cluster = new CfnCluster(this, 'Cluster', {
      clusterName: props.clusterName,
      kafkaVersion: config.kafkaVersion,
      numberOfBrokerNodes: config.brokersPerZone * this.subnetIds.length,
      brokerNodeGroupInfo: {
        instanceType: config.instanceType,
        clientSubnets: [...this.subnetIds],
        securityGroups: [securityGroup.securityGroupId],
        ...(config.storageGibPerBroker === undefined
          ? {}
          : { storageInfo: { ebsStorageInfo: { volumeSize: config.storageGibPerBroker } } }),
        ...(config.multiVpc === false
          ? {}
          : { connectivityInfo: { vpcConnectivity: { clientAuthentication: { sasl: { iam } } } } }),
      },
      clientAuthentication: { sasl: { iam, scram: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionAtRest: { dataVolumeKmsKeyId: props.encryptionKey.keyArn },
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      configurationInfo: this.addConfiguration(props),
      loggingInfo: this.addLogs(props),
      // Throttling and new connections, which alarms watch, are kept by broker from this level on.
      enhancedMonitoring: 'PER_BROKER',
    });
    cluster.applyRemovalPolicy(props.removalPolicy);
    return cluster;
  }

  private addConfiguration({ clusterName, config }: EventBusClusterProps): CfnCluster.ConfigurationInfoProperty {
    const configuration = new CfnConfiguration(this, 'Configuration', {
      name: clusterName,
      description: 'No topic by accident, and nothing for whom no access rule names',
      serverProperties: brokerProperties(config.type),
    });
    return { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision };
  }

  /** What the brokers say, and whom they refused. */
  private addLogs(props: EventBusClusterProps): CfnCluster.LoggingInfoProperty {
    const destination = (id: string) => {
      const { logGroupName } = new LogGroup(this, id, {
        encryptionKey: props.logsKey,
        retention: props.logRetentionDays,
        removalPolicy: props.removalPolicy,
      });
      return { cloudWatchLogs: { enabled: true, logGroup: logGroupName } };
    };
    return { brokerLogs: destination('BrokerLogs'), authorizerLogs: destination('AuthorizerLogs') };
  }

  /** A cluster has one policy, so every service that comes in from outside of the network stands in this one. */
  private addPolicy(replicated: boolean): CfnClusterPolicy {
    const statement = (service: string, ...actions: readonly string[]) => ({
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: actions.map((action) => `kafka:${action}`),
      Resource: this.clusterArn,
    });
    const describing = ['CreateVpcConnection', 'GetBootstrapBrokers', 'DescribeClusterV2'];
    return new CfnClusterPolicy(this, 'Policy', {
      clusterArn: this.clusterArn,
      policy: {
        Version: '2012-10-17',
        Statement: [
          statement('firehose', ...describing, 'DescribeCluster'),
          ...(replicated ? [statement('kafka', ...describing)] : []),
        ],
      },
    });
  }
}

function grant(grantee: IGrantable, actions: string[], ...resourceArns: string[]): Grant {
  return Grant.addToPrincipal({ grantee, actions, resourceArns });
}

function dataAction(name: string): string {
  return `kafka-cluster:${name}`;
}
