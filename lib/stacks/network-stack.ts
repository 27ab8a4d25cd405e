import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ARecord, PrivateHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { InterfaceVpcEndpointTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { acknowledge, inRegulations } from '../checks/acknowledge.ts';
import { NetworkAccess } from '../constructs/network-access.ts';
import { sharedValue } from '../constructs/shared-value.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface NetworkStackProps extends BusStackProps {
  /** Encrypts the flow logs. */
  readonly logsKey: IKey;
}

/**
 * Three zones, each with a public subnet (load balancers alone), a private one (functions, services, IoT's interfaces)
 * and an isolated one (brokers, databases, warehouse, cache). There is no NAT gateway: nothing inside calls the
 * internet, and the AWS services that are called have endpoints.
 */
export class NetworkStack extends BusStack {
  readonly vpc: Vpc;
  /** Security groups by what their members do, with every rule between them. */
  readonly access: NetworkAccess;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(this.site.cidr),
      availabilityZones: [...this.site.zones],
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        { name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
      ],
    });
    for (const subnet of this.vpc.publicSubnets) {
      acknowledge(
        subnet,
        'Only the public load balancers stand in these subnets, and whoever they serve is on the internet.',
        ...inRegulations('VPCNoUnrestrictedRouteToIGW'),
      );
    }
    this.access = new NetworkAccess(this, 'Access', { vpc: this.vpc });
    this.tellOtherRegions();
    this.addFlowLogs(props.logsKey);
    this.addEndpoints();
  }

  /** Where the brokers are, for the stack of another region that copies from them. */
  private tellOtherRegions(): void {
    const { subnetIds } = this.vpc.selectSubnets({ subnetGroupName: 'isolated' });
    for (const [index, subnetId] of subnetIds.entries()) sharedValue(this, `BrokerSubnet${index + 1}`, subnetId);
    sharedValue(this, 'BrokerGroup', this.access.brokers.securityGroupId);
  }

  private addFlowLogs(encryptionKey: IKey): void {
    const logGroup = new LogGroup(this, 'FlowLogs', {
      encryptionKey,
      retention: this.config.logRetentionDays,
      removalPolicy: removalPolicyOf(this.config),
    });
    this.vpc.addFlowLog('All', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: FlowLogTrafficType.ALL,
    });
  }

  private addEndpoints(): void {
    this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    for (const [id, service] of Object.entries(neededServices)) {
      this.vpc.addInterfaceEndpoint(id, { service, ...this.endpointPlace() });
    }
    this.addDeviceMessages();
  }

  private endpointPlace() {
    return { subnets: { subnetGroupName: 'private' }, securityGroups: [this.access.endpoints], open: false };
  }

  /** The way of messages to devices: IoT Core's data plane, whose endpoint brings no private name of its own. */
  private addDeviceMessages(): void {
    const endpoint = this.vpc.addInterfaceEndpoint('IotData', {
      service: InterfaceVpcEndpointAwsService.IOT_CORE,
      privateDnsEnabled: false,
      ...this.endpointPlace(),
    });
    const zone = new PrivateHostedZone(this, 'IotDataZone', {
      vpc: this.vpc,
      zoneName: `data-ats.iot.${this.site.region}.amazonaws.com`,
    });
    new ARecord(this, 'IotDataName', {
      zone,
      target: RecordTarget.fromAlias(new InterfaceVpcEndpointTarget(endpoint)),
    });
  }
}

/** Services that functions and containers inside the network call, and nothing else. */
const neededServices = {
  /** Dead letters. */
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  /** Notices and routed events. */
  EventBridge: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  /** Images and logs of the containers. */
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrImages: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};
