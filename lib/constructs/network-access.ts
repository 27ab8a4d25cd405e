import { type ISecurityGroup, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from '../checks/acknowledge.ts';

export interface NetworkAccessProps {
  readonly vpc: IVpc;
}

/** Ports of MSK: IAM, SCRAM. */
export const kafkaPorts = { iam: 9098, scram: 9096 } as const;

/** Ports of a private connection to MSK, one a broker from the first on: another region's Replicator comes in by one. */
const privateKafkaPorts = { first: 14_001, last: 14_100 } as const;

/**
 * Security groups by what their members do. All rules stand here, so that who may reach what is read in one place, and
 * no stack has to change a group that another one owns.
 */
export class NetworkAccess extends Construct {
  readonly brokers: ISecurityGroup;
  /** Functions and services that speak to the brokers with IAM. */
  readonly kafkaClients: ISecurityGroup;
  /** Interfaces through which IoT Core reaches the brokers with SCRAM. */
  readonly iotDestination: ISecurityGroup;
  readonly database: ISecurityGroup;
  readonly databaseProxy: ISecurityGroup;
  readonly databaseClients: ISecurityGroup;
  /** The function that migrates the database: to the database itself, and nowhere else. */
  readonly migrations: ISecurityGroup;
  readonly cache: ISecurityGroup;
  readonly cacheClients: ISecurityGroup;
  readonly warehouse: ISecurityGroup;
  /** Public load balancers: HTTPS from everywhere, to the services behind them. */
  readonly loadBalancers: ISecurityGroup;
  /** The console's load balancer: as the others, and it asks the issuer of identities when people sign in. */
  readonly consoleLoadBalancer: ISecurityGroup;
  /** Services behind the load balancers. */
  readonly services: ISecurityGroup;
  /** Interface endpoints of AWS services. */
  readonly endpoints: ISecurityGroup;

  constructor(scope: Construct, id: string, props: NetworkAccessProps) {
    super(scope, id);
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc: props.vpc, description, allowAllOutbound: false });
    this.brokers = group('Brokers', 'Kafka brokers');
    this.kafkaClients = group('KafkaClients', 'Functions and services that speak to the brokers');
    this.iotDestination = group('IotDestination', 'Interfaces of IoT Core in the network');
    this.database = group('Database', 'PostgreSQL');
    this.databaseProxy = group('DatabaseProxy', 'Proxy of PostgreSQL');
    this.databaseClients = group('DatabaseClients', 'Functions and services that speak to the database proxy');
    this.migrations = group('Migrations', 'Function that migrates the database');
    this.cache = group('Cache', 'Cache of the realtime gateways');
    this.cacheClients = group('CacheClients', 'Services that speak to the cache');
    this.warehouse = group('Warehouse', 'Redshift');
    this.loadBalancers = group('LoadBalancers', 'Public load balancers');
    this.consoleLoadBalancer = group('ConsoleLoadBalancer', 'Public load balancer of the console');
    this.services = group('Services', 'Services behind the load balancers');
    this.endpoints = group('Endpoints', 'Interface endpoints of AWS services');
    this.addKafkaRules();
    this.addDatabaseRules();
    this.addServiceRules();
    this.addEndpointRules();
  }

  private addKafkaRules(): void {
    this.kafkaClients.connections.allowTo(this.brokers, Port.tcp(kafkaPorts.iam), 'Kafka with IAM');
    this.iotDestination.connections.allowTo(this.brokers, Port.tcp(kafkaPorts.scram), 'Kafka with SCRAM');
    // Pollers of event source mappings, Firehose and the Replicator use the brokers' own group.
    this.brokers.connections.allowInternally(Port.tcp(kafkaPorts.iam), 'Kafka with IAM for managed readers');
    const { first, last } = privateKafkaPorts;
    this.brokers.connections.allowInternally(Port.tcpRange(first, last), 'Kafka with IAM by private connections');
  }

  private addDatabaseRules(): void {
    const postgres = Port.tcp(5432);
    this.databaseClients.connections.allowTo(this.databaseProxy, postgres, 'PostgreSQL through the proxy');
    this.databaseProxy.connections.allowTo(this.database, postgres, 'PostgreSQL');
    this.migrations.connections.allowTo(this.database, postgres, 'PostgreSQL as the owner of the tables');
    // 6379 writes, 6380 reads: both must be open.
    this.cacheClients.connections.allowTo(this.cache, Port.tcpRange(6379, 6380), 'Valkey');
  }

  private addServiceRules(): void {
    for (const balancer of [this.loadBalancers, this.consoleLoadBalancer]) {
      balancer.addIngressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS from everywhere');
      acknowledge(
        balancer,
        'Devices, browsers and partners come from addresses that nobody can list. This group opens 443 alone, in front of a load balancer that ends TLS, with a web application firewall or client certificates.',
        'AwsSolutions-EC23',
      );
      balancer.connections.allowTo(this.services, Port.tcpRange(8080, 50051), 'Services and their health');
    }
    this.consoleLoadBalancer.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Tokens from the issuer of identities');
  }

  private addEndpointRules(): void {
    const s3 = 'S3 through its gateway endpoint; there is no other way out';
    this.warehouse.addEgressRule(Peer.anyIpv4(), Port.tcp(443), s3);
    const clients = [this.kafkaClients, this.databaseClients, this.services, this.brokers];
    for (const client of clients) {
      client.connections.allowTo(this.endpoints, Port.tcp(443), 'AWS services');
      // The gateway endpoint of S3 has public addresses; the route tables lead nowhere else.
      client.addEgressRule(Peer.anyIpv4(), Port.tcp(443), s3);
    }
  }
}
