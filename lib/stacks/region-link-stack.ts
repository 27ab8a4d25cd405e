import { Fn } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { mappingGroupId } from '../../src/catalogue/mapping-group.ts';
import type { Catalogue, Consumer } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { servingSite } from '../config.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { type LinkedCluster, RegionLink } from '../constructs/region-link.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface RegionLinkStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  /** The cluster of this region, which is written to. */
  readonly cluster: EventBusCluster;
  readonly logsKey: IKey;
}

/**
 * Copies to this region what the region with the traffic has and what may be copied: topics that the catalogue marks
 * `in-residency`. Deployed after that region, whose outputs it reads. After a failover this is the way back.
 */
export class RegionLinkStack extends BusStack {
  readonly link: RegionLink;

  constructor(scope: Construct, id: string, props: RegionLinkStackProps) {
    const { catalogue, cluster, logsKey, ...stackProps } = props;
    super(scope, id, stackProps);
    const { config, site } = this;
    const copied = catalogue.topics.filter(({ replication }) => replication === 'in-residency').map(({ name }) => name);
    this.link = new RegionLink(this, 'Link', {
      name: `event-bus-${config.name}-from-${servingSite(config).region}`,
      source: this.servingCluster(),
      target: { ...endOf(cluster), region: site.region },
      topics: copied,
      consumerGroups: groupsOn(copied, catalogue.consumers),
      logsKey,
      logRetentionDays: config.logRetentionDays,
      removalPolicy: removalPolicyOf(config),
    });
  }

  /** The cluster that is written to, by the outputs of its stacks: a stage knows no object of another. */
  private servingCluster(): LinkedCluster {
    const { name } = this.config;
    const { region } = servingSite(this.config);
    const output = (stack: string, key: string) =>
      Fn.getStackOutput(`event-bus-${name}-${region}-${stack}`, key, region);
    return {
      region,
      clusterName: `event-bus-${name}`,
      clusterArn: output('event-bus', 'ClusterArn'),
      clusterUuid: output('event-bus', 'ClusterUuid'),
      subnetIds: ['BrokerSubnet1', 'BrokerSubnet2', 'BrokerSubnet3'].map((key) => output('network', key)),
      securityGroupId: output('network', 'BrokerGroup'),
    };
  }
}

function endOf(cluster: EventBusCluster): Omit<LinkedCluster, 'region'> {
  const { clusterArn, clusterName, clusterUuid, subnetIds, securityGroup } = cluster;
  return { clusterArn, clusterName, clusterUuid, subnetIds, securityGroupId: securityGroup.securityGroupId };
}

/** Groups that functions read these topics in. Delivery to the lake is not one of them: each region has its own. */
function groupsOn(topics: readonly string[], consumers: readonly Consumer[]): readonly string[] {
  const byMapping = consumers.filter(({ sinks }) => !sinks.includes('lake'));
  return byMapping.flatMap((consumer) =>
    consumer.topics.filter((topic) => topics.includes(topic)).map((topic) => mappingGroupId(consumer.name, topic)),
  );
}
