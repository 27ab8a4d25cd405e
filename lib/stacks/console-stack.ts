import { CfnOutput, Duration } from 'aws-cdk-lib';
import { ListenerAction, UnauthenticatedAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import { PublicLoadBalancer } from '../constructs/public-load-balancer.ts';
import { prerequisite, prerequisiteSecret } from '../prerequisites.ts';
import type { NetworkStack } from './network-stack.ts';

export interface ConsoleStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly cluster: EventBusCluster;
  readonly logsKey: IKey;
}

/** Requests a minute of one task: pages of a handful of operators, far below what a task can do. */
const requestsPerTask = 3_000;

/**
 * The operators' console behind a sign-in: the load balancer sends everyone to the issuer first. Its service is made as
 * soon as `src/services/console/main.ts` exists, which listens on `EVENT_BUS_LISTEN_PORT` and answers /health with 200.
 */
export class ConsoleStack extends BusStack {
  readonly loadBalancer: PublicLoadBalancer;
  readonly gateway: FargateGateway;

  constructor(scope: Construct, id: string, props: ConsoleStackProps) {
    super(scope, id, props);
    const { network, cluster, logsKey } = props;
    this.loadBalancer = new PublicLoadBalancer(this, 'LoadBalancer', {
      config: this.config,
      vpc: network.vpc,
      securityGroup: network.access.consoleLoadBalancer,
      logsKey,
      idleTimeout: Duration.minutes(2),
      firewall: { maxRequestsPerAddress: 5_000 },
    });
    this.gateway = new FargateGateway(this, 'Gateway', {
      config: this.config,
      program: 'console',
      loadBalancer: this.loadBalancer,
      vpc: network.vpc,
      securityGroups: [network.access.services, network.access.kafkaClients, network.access.databaseClients],
      protocol: 'http',
      port: 8080,
      before: (forward) => this.signIn(forward),
      environment: { [variables.kafka]: cluster.bootstrapIam, [variables.kafkaAuth]: 'iam' },
      scaling: { target: requestsPerTask },
      logsKey,
    });
    cluster.grantConnect(this.gateway.taskRole);
    new CfnOutput(this, 'ConsoleBalancer', { value: this.loadBalancer.loadBalancer.loadBalancerDnsName });
  }

  private signIn(next: ListenerAction): ListenerAction {
    const { name } = this.config;
    return ListenerAction.authenticateOidc({
      next,
      issuer: prerequisite(name, 'oidcIssuer'),
      authorizationEndpoint: prerequisite(name, 'oidcAuthorizationEndpoint'),
      tokenEndpoint: prerequisite(name, 'oidcTokenEndpoint'),
      userInfoEndpoint: prerequisite(name, 'oidcUserInfoEndpoint'),
      clientId: prerequisite(name, 'oidcClientId'),
      clientSecret: prerequisiteSecret(name, 'oidcClientSecret'),
      scope: 'openid email',
      onUnauthenticatedRequest: UnauthenticatedAction.AUTHENTICATE,
      sessionTimeout: Duration.hours(8),
      // The way out stands in NetworkAccess.
      allowHttpsOutbound: false,
    });
  }
}
