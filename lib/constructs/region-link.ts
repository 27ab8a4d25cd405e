import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnReplicator } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';

/** A cluster as the Replicator finds it: in the same region or another. */
export interface LinkedCluster {
  readonly region: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  /** The part of the cluster's ARN that MSK chooses. */
  readonly clusterUuid: string;
  /** Subnets of the brokers. */
  readonly subnetIds: readonly string[];
  /** Group of the brokers, whose members may reach each other. */
  readonly securityGroupId: string;
}

export interface RegionLinkProps {
  readonly name: string;
  readonly source: LinkedCluster;
  /** In the region of the stack: a Replicator lives where it writes. */
  readonly target: LinkedCluster;
  /** Exact names; nothing else is copied. */
  readonly topics: readonly string[];
  /** Exact names of the groups whose places are copied. */
  readonly consumerGroups: readonly string[];
  readonly logsKey: IKey;
  readonly logRetentionDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Copies topics of one region's cluster to another's, under the same names, with the places of the consumers. One way:
 * what comes back after a failover is a link of its own. Topics are listed one by one, because a pattern would take
 * along whatever is named like it tomorrow.
 */
export class RegionLink extends Construct {
  readonly replicatorArn: string;

  constructor(scope: Construct, id: string, props: RegionLinkProps) {
    super(scope, id);
    const role = this.addRole(props);
    const replicator = new CfnReplicator(this, 'Replicator', {
      replicatorName: props.name,
      description: `Copies ${props.topics.length} topics from ${props.source.region} to ${props.target.region}`,
      serviceExecutionRoleArn: role.roleArn,
      kafkaClusters: [props.source, props.target].map(kafkaCluster),
      replicationInfoList: [replication(props)],
      logDelivery: { replicatorLogDelivery: { cloudWatchLogs: { enabled: true, logGroup: this.addLog(props) } } },
    });
    // The rights are tried while the Replicator is created.
    replicator.node.addDependency(role);
    replicator.applyRemovalPolicy(props.removalPolicy);
    this.replicatorArn = replicator.attrReplicatorArn;
  }

  private addLog({ logsKey, logRetentionDays, removalPolicy }: RegionLinkProps): string {
    const options = { encryptionKey: logsKey, retention: logRetentionDays, removalPolicy };
    return new LogGroup(this, 'Logs', options).logGroupName;
  }

  private addRole(props: RegionLinkProps): Role {
    const { source, target, topics, consumerGroups } = props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('kafka.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Reads the listed topics of one cluster and writes them to another',
    });
    const allow = (actions: readonly string[], resources: readonly string[]) =>
      role.addToPolicy(
        new PolicyStatement({ actions: actions.map((name) => `kafka-cluster:${name}`), resources: [...resources] }),
      );
    const arns = (kind: 'topic' | 'group', cluster: LinkedCluster, names: readonly string[]) =>
      names.map((name) => this.arnOf(kind, cluster, name));
    const internal = [source, target].flatMap((cluster) => arns('topic', cluster, internalTopics));
    const ownGroups = arns('group', target, [ownNames]);
    allow(['Connect', 'DescribeCluster', 'WriteDataIdempotently'], [source.clusterArn, target.clusterArn]);
    allow([...reading, ...writing], internal);
    allow(reading, arns('topic', source, topics));
    allow(writing, arns('topic', target, topics));
    allow(['DescribeGroup'], arns('group', source, consumerGroups));
    allow(['AlterGroup', 'DescribeGroup'], [...arns('group', target, consumerGroups), ...ownGroups]);
    acknowledgeResources(
      role,
      'The Replicator names its own topics and groups, by patterns that AWS documents; the clusters are named in full. Topics and groups of the bus are listed one by one.',
      ...internal,
      ...ownGroups,
    );
    return role;
  }

  private arnOf(resource: 'topic' | 'group', cluster: LinkedCluster, name: string): string {
    const resourceName = `${cluster.clusterName}/${cluster.clusterUuid}/${name}`;
    return Stack.of(this).formatArn({ service: 'kafka', region: cluster.region, resource, resourceName });
  }
}

/** Names that the Replicator gives what it keeps for itself. */
const ownNames = '*__amazon_msk_replicator_*';
const internalTopics = [ownNames, 'mskr-offset-syncs.*', '*.checkpoints.internal'];

const reading = ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'];
const writing = [
  'AlterTopic',
  'AlterTopicDynamicConfiguration',
  'CreateTopic',
  'DescribeTopic',
  'DescribeTopicDynamicConfiguration',
  'WriteData',
];

function kafkaCluster(cluster: LinkedCluster): CfnReplicator.KafkaClusterProperty {
  return {
    amazonMskCluster: { mskClusterArn: cluster.clusterArn },
    vpcConfig: { subnetIds: [...cluster.subnetIds], securityGroupIds: [cluster.securityGroupId] },
  };
}

function replication(props: RegionLinkProps): CfnReplicator.ReplicationInfoProperty {
  return {
    sourceKafkaClusterArn: props.source.clusterArn,
    targetKafkaClusterArn: props.target.clusterArn,
    // Traffic between regions is paid by the byte.
    targetCompressionType: 'ZSTD',
    topicReplication: {
      topicsToReplicate: props.topics.map(exactly),
      topicNameConfiguration: { type: 'IDENTICAL' },
      startingPosition: { type: 'EARLIEST' },
      // Settings and added partitions of the listed topics follow.
      copyTopicConfigurations: true,
      detectAndCopyNewTopics: true,
      // Each cluster has the rules of its own user from its own stack.
      copyAccessControlListsForTopics: false,
    },
    consumerGroupReplication: {
      consumerGroupsToReplicate: props.consumerGroups.map(exactly),
      synchroniseConsumerGroupOffsets: true,
      detectAndCopyNewConsumerGroups: true,
      // ENHANCED needs a second Replicator in the opposite direction.
      consumerGroupOffsetSyncMode: 'LEGACY',
    },
  };
}

/** A pattern that matches one name: a dot of a name stands for itself. */
function exactly(name: string): string {
  return name.replaceAll('.', '\\.');
}
