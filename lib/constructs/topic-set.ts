import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import type { Topic } from '../../src/catalogue/model.ts';
import type { ClusterConfig } from '../config.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';
import { encodeTopicConfigs, topicConfigs } from './topic-configs.ts';

export interface TopicSetProps {
  readonly cluster: EventBusCluster;
  /** Topics to create. Ids of their resources are their names, so renaming a topic makes another one. */
  readonly topics: readonly Topic[];
  readonly config: ClusterConfig;
}

/**
 * Topics of the catalogue. They stay when they leave the catalogue or the stack is deleted, because their records would
 * go with them. Topics of one domain are created one after the other, domains side by side: all at once MSK throttles.
 */
export class TopicSet extends Construct {
  /** Done when every topic can be used. */
  readonly ready: IDependable;
  readonly #cluster: EventBusCluster;

  constructor(scope: Construct, id: string, props: TopicSetProps) {
    super(scope, id);
    this.#cluster = props.cluster;
    const created = new DependencyGroup();
    const lastOf = new Map<string, CfnTopic>();
    for (const topic of props.topics) {
      const resource = this.addTopic(topic, props);
      const before = lastOf.get(topic.domain);
      if (before === undefined) resource.node.addDependency(props.cluster.ready);
      else resource.addResourceDependency(before);
      lastOf.set(topic.domain, resource);
      created.add(resource);
    }
    this.ready = created;
  }

  topicArn(topic: string): string {
    return this.#cluster.topicArn(topic);
  }

  private addTopic(topic: Topic, { cluster, config }: TopicSetProps): CfnTopic {
    const resource = new CfnTopic(this, topic.name, {
      clusterArn: cluster.clusterArn,
      topicName: topic.name,
      partitionCount: topic.partitions,
      replicationFactor: 3,
      configs: encodeTopicConfigs(topicConfigs(topic, config)),
    });
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return resource;
  }
}
