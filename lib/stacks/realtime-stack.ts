import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import { PublicLoadBalancer } from '../constructs/public-load-balancer.ts';
import type { ValkeyCache } from '../constructs/valkey-cache.ts';
import { prerequisite } from '../prerequisites.ts';
import type { NetworkStack } from './network-stack.ts';

export interface RealtimeStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly cache: ValkeyCache;
  readonly logsKey: IKey;
}

/** Browsers that one task holds before there is another one. */
const connectionsPerTask = 4_000;

/**
 * The way of events to browsers: WebSockets through a load balancer to the realtime gateway. Its service is made as soon
 * as `src/services/realtime/main.ts` exists, which listens on `EVENT_BUS_LISTEN_PORT` and answers /health with 200.
 */
export class RealtimeStack extends BusStack {
  readonly loadBalancer: PublicLoadBalancer;
  readonly gateway: FargateGateway;

  constructor(scope: Construct, id: string, props: RealtimeStackProps) {
    super(scope, id, props);
    const { network, cache, logsKey } = props;
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
      securityGroups: [network.access.services, network.access.cacheClients],
      protocol: 'http',
      port: 8080,
      environment: {
        [variables.cache]: cache.endpoint,
        [variables.cacheUser]: cache.userName,
        [variables.tokenIssuer]: prerequisite(this.config.name, 'oidcIssuer'),
        [variables.tokenAudience]: prerequisite(this.config.name, 'apiAudience'),
      },
      scaling: { metric: this.metricOpenConnections(), target: connectionsPerTask },
      logsKey,
    });
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
