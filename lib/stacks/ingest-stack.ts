import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { dimensions, metrics } from '../../src/catalogue/metrics.ts';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import { DeviceAccount } from '../constructs/device-account.ts';
import { DevicePolicy } from '../constructs/device-policy.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { FargateGateway } from '../constructs/fargate-gateway.ts';
import { FleetProvisioning } from '../constructs/fleet-provisioning.ts';
import { IotDestination } from '../constructs/iot-destination.ts';
import { IotRoute } from '../constructs/iot-route.ts';
import { PublicLoadBalancer } from '../constructs/public-load-balancer.ts';
import type { SchemaIdSource } from '../constructs/schema-registry.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import type { NetworkStack } from './network-stack.ts';

export interface IngestStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly network: NetworkStack;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly busKey: IKey;
  readonly logsKey: IKey;
}

/** Port of the gRPC gateway, as on one machine. */
const grpcPort = 50_051;

/** Readings a second that a whole vCPU takes with room to spare; measured in docs/decisions/0005. */
const readingsPerSecondAndCpu = 20_000;

/** The entrances: IoT Core for devices that speak MQTT, the gRPC gateway for edge gateways. */
export class IngestStack extends BusStack {
  readonly destination: IotDestination;
  readonly routes: readonly IotRoute[];
  readonly gateway: FargateGateway;
  readonly loadBalancer: PublicLoadBalancer;
  readonly provisioning: FleetProvisioning;

  constructor(scope: Construct, id: string, props: IngestStackProps) {
    super(scope, id, props);
    this.destination = this.addDestination(props);
    this.routes = this.addRoutes(props);
    this.provisioning = this.addDevices(props);
    this.loadBalancer = this.addLoadBalancer(props);
    this.gateway = this.addGateway(props);
    new CfnOutput(this, 'GrpcBalancer', { value: this.loadBalancer.loadBalancer.loadBalancerDnsName });
    warnOfZurich(this);
  }

  /** Readings a second of one task of the gateway. */
  metricReadingsPerSecond(): Metric {
    return new Metric({
      namespace: metrics.namespace,
      metricName: metrics.readingsPerSecond,
      dimensionsMap: { [dimensions.service]: 'ingest' },
      statistic: 'Average',
      period: Duration.minutes(1),
    });
  }

  private addDestination({ network, cluster, busKey, logsKey }: IngestStackProps): IotDestination {
    return new IotDestination(this, 'IotDestination', {
      vpc: network.vpc,
      securityGroup: network.access.iotDestination,
      brokers: cluster,
      encryptionKey: busKey,
      logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
    });
  }

  private addRoutes({ catalogue }: IngestStackProps): readonly IotRoute[] {
    return catalogue.routes
      .filter(({ protocol }) => protocol === 'mqtt')
      .map(
        (route) =>
          new IotRoute(this, route.name, { route, environment: this.config.name, destination: this.destination }),
      );
  }

  private addDevices({ catalogue, logsKey }: IngestStackProps): FleetProvisioning {
    const { config } = this;
    if (config.accountWide ?? true) {
      new DeviceAccount(this, 'DeviceAccount', {
        logsKey,
        logRetention: config.logRetentionDays,
        removalPolicy: removalPolicyOf(config),
      });
    }
    const devicePolicy = new DevicePolicy(this, 'DevicePolicy', { routes: catalogue.routes });
    new CfnOutput(this, 'DevicePolicyName', { value: devicePolicy.policyName });
    const claimHook = this.addClaimHook(logsKey);
    const provisioning = new FleetProvisioning(this, 'Provisioning', {
      environment: config.name,
      devicePolicy,
      claimHook,
    });
    new CfnOutput(this, 'ClaimPolicyName', { value: provisioning.claimPolicyName });
    return provisioning;
  }

  /** Decides who may take a name by claim. */
  private addClaimHook(logsKey: IKey): BundledFunction {
    const hook = new BundledFunction(this, 'DeviceClaims', {
      entry: 'device-claims',
      description: 'Decides whether a device with a claim certificate may take the name it asks for',
      logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
      memoryMb: 256,
      // IoT Core waits five seconds.
      timeout: Duration.seconds(5),
      reservedConcurrency: 10,
    });
    const things = this.formatArn({ service: 'iot', resource: 'thing', resourceName: '*' });
    hook.addToRolePolicy(
      new PolicyStatement({ actions: ['iot:DescribeThing', 'iot:ListThingPrincipals'], resources: [things] }),
    );
    if (hook.role !== undefined)
      acknowledgeResources(hook.role, 'A device may ask for any name; it is looked up, not changed.', things);
    acknowledge(
      hook,
      'IoT Core waits for the answer and the device asks again after a failure: there is no event to keep. It asks IoT Core alone, which has no place in the network.',
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaInsideVPC'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return hook;
  }

  private addLoadBalancer({ network, logsKey }: IngestStackProps): PublicLoadBalancer {
    return new PublicLoadBalancer(this, 'GrpcLoadBalancer', {
      config: this.config,
      vpc: network.vpc,
      securityGroup: network.access.loadBalancers,
      logsKey,
      // Streams may be silent between readings; pings of a client's keepalive do not count for the balancer.
      idleTimeout: Duration.hours(1),
      mutualTls: true,
      firewall: {
        maxRequestsPerAddress: 100_000,
        inspectBodies: false,
        paths: ['/ingest.v1.IngestService/', '/grpc.health.v1.Health/'],
      },
    });
  }

  private addGateway({ catalogue, network, cluster, registry, logsKey }: IngestStackProps): FargateGateway {
    const grpcRoutes = catalogue.routes.filter(({ protocol }) => protocol === 'grpc');
    const topics = [...new Set(grpcRoutes.map(({ topic }) => topic))];
    const gateway = new FargateGateway(this, 'GrpcGateway', {
      config: this.config,
      program: 'ingest',
      loadBalancer: this.loadBalancer,
      vpc: network.vpc,
      securityGroups: [network.access.services, network.access.kafkaClients],
      protocol: 'grpc',
      port: grpcPort,
      environment: {
        [variables.kafka]: cluster.bootstrapIam,
        [variables.kafkaAuth]: 'iam',
        [variables.schemaIds]: registry.schemaIdsOf(topics),
        // Only the load balancer reaches the port, and it writes the headers of verified certificates itself.
        [variables.callerIdentity]: 'load-balancer',
      },
      scaling: {
        metric: this.metricReadingsPerSecond(),
        target: Math.round((this.config.gateway.cpu / 1024) * readingsPerSecondAndCpu),
      },
      logsKey,
    });
    cluster.grantProduce(gateway.taskRole, topics);
    return gateway;
  }
}

/** Says at synthesis what the documentation of Zurich leaves open, instead of letting a deployment find it out. */
function warnOfZurich(stack: BusStack): void {
  if (stack.site.region !== 'eu-central-2') return;
  Validations.of(stack).addWarning(
    'event-bus:zurich',
    'The resource lists of eu-central-2 have no AWS::IoT::TopicRuleDestination and no AWS::IoT::ProvisioningTemplate: try them in the account before choosing this region, or take devices in through gRPC alone',
  );
}
