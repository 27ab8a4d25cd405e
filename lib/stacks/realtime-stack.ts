import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import { realtimeTopics } from '../../src/catalogue/realtime.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import type { OperationalDatabase } from '../constructs/operational-database.ts';
import { PublicLoadBalancer } from '../constructs/public-load-balancer.ts';
import type { SchemaIdSource } from '../constructs/schema-registry.ts';
import type { ValkeyCache } from '../constructs/valkey-cache.ts';
import { prerequisite } from '../prerequisites.ts';
import type { NetworkStack } from './network-stack.ts';

export interface RealtimeStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly database: OperationalDatabase;
  readonly cache: ValkeyCache;
  readonly logsKey: IKey;
}

/** Browsers that one task holds before there is another one. */
const connectionsPerTask = 4_000;

/** Group that a gateway could read with; it reads every partition itself and joins none. */
const readerGroup = 'event-bus-realtime';

/**
 * The way of events to browsers: WebSockets through a load balancer to the realtime gateway, which reads the topics that
 * feed rooms, and owners and kept events in the database.
 */
export class RealtimeStack extends BusStack {
  readonly loadBalancer: PublicLoadBalancer;
  readonly gateway: FargateGateway;

  constructor(scope: Construct, id: string, props: RealtimeStackProps) {
    super(scope, id, props);
    const { network, cluster, database, cache, logsKey } = props;
    const topics = realtimeTopics.map(({ topic }) => topic);
    this.loadBalancer = new PublicLoadBalancer(this, 'LoadBalancer', {
      config: this.config,
      vpc: network.vpc,
      securityGroup: network.access.loadBalancers,
      logsKey,
      // Above the pings of Socket.IO, every 25 s, so that only dead connections end.
      idleTimeout: Duration.minutes(2),
      firewall: { maxRequestsPerAddress: 10_000 },
    });
    this.gateway = new FargateGateway(this, 'Gateway', {
      config: this.config,
      program: 'realtime',
      loadBalancer: this.loadBalancer,
      vpc: network.vpc,
      securityGroups: [
        network.access.services,
        network.access.kafkaClients,
        network.access.databaseClients,
        network.access.cacheClients,
      ],
      protocol: 'http',
      port: 8080,
      environment: {
        [variables.kafka]: cluster.bootstrapIam,
        [variables.kafkaAuth]: 'iam',
        [variables.schemaIds]: props.registry.schemaIdsOf(topics),
        ...database.environmentFor(),
        [variables.cache]: cache.endpoint,
        [variables.cacheName]: cache.cacheName,
        [variables.cacheUser]: cache.userName,
        [variables.tokenIssuer]: prerequisite(this.config.name, 'oidcIssuer'),
        [variables.tokenAudience]: prerequisite(this.config.name, 'apiAudience'),
        // The network has no way out on which keys could be fetched.
        [variables.tokenKeys]: `data:application/json,${prerequisite(this.config.name, 'oidcKeys')}`,
        [variables.origins]: prerequisite(this.config.name, 'pageOrigins'),
      },
      scaling: { metric: this.metricOpenConnections(), target: connectionsPerTask },
      logsKey,
    });
    cluster.grantConsume(this.gateway.taskRole, topics, readerGroup);
    database.grantConnect(this.gateway.taskRole);
    cache.grantConnect(this.gateway.taskRole);
    new CfnOutput(this, 'RealtimeBalancer', { value: this.loadBalancer.loadBalancer.loadBalancerDnsName });
  }

  /** Browsers connected to one task. */
  metricOpenConnections(): Metric {
    return new Metric({
      namespace: metrics.namespace,
      metricName: metrics.openConnections,
      dimensionsMap: { [dimensions.service]: 'realtime' },
      statistic: 'Average',
      period: Duration.minutes(1),
    });
  }
}
