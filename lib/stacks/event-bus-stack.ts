import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import type { NetworkAccess } from '../constructs/network-access.ts';
import { TopicSet } from '../constructs/topic-set.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface EventBusStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly vpc: IVpc;
  readonly access: NetworkAccess;
  readonly busKey: IKey;
  readonly logsKey: IKey;
}

/** The log of the bus: the cluster, who may do what on it, and its topics. */
export class EventBusStack extends BusStack {
  readonly cluster: EventBusCluster;
  readonly topics: TopicSet;

  constructor(scope: Construct, id: string, props: EventBusStackProps) {
    const { catalogue, vpc, access, busKey, logsKey, ...stackProps } = props;
    super(scope, id, stackProps);
    const { config, site } = this;
    this.cluster = new EventBusCluster(this, 'Cluster', {
      clusterName: `event-bus-${config.name}`,
      config: config.cluster,
      vpc,
      securityGroup: access.brokers,
      encryptionKey: busKey,
      logsKey,
      logRetentionDays: config.logRetentionDays,
      removalPolicy: removalPolicyOf(config),
      replicated: config.replica !== undefined,
    });
    new ClusterAccess(this, 'Access', {
      cluster: this.cluster,
      topics: catalogue.routes.filter(({ protocol }) => protocol === 'mqtt').map(({ topic }) => topic),
      vpc,
      securityGroup: access.kafkaClients,
      logsKey,
      logRetentionDays: config.logRetentionDays,
      retainData: config.retainData,
    });
    this.topics = new TopicSet(this, 'Topics', {
      cluster: this.cluster,
      // The Replicator creates the copies, with the settings and the partitions that the topics have in the primary.
      topics: catalogue.topics.filter(({ replication }) => site.role === 'primary' || replication === 'none'),
      config: config.cluster,
    });
  }
}
