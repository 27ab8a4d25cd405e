import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  HttpCodeElb,
  ListenerCertificate,
  MutualAuthenticationMode,
  SslPolicy,
  TrustStore,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import { prerequisite } from '../prerequisites.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { WebFirewall, type WebFirewallProps } from './web-firewall.ts';

export interface PublicLoadBalancerProps {
  readonly config: EnvironmentConfig;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly logsKey: IKey;
  /** How long a connection or stream may be silent; 1 to 4,000 s. */
  readonly idleTimeout: Duration;
  /**
   * Whether clients must show a certificate of the authorities in the device bundle.
   * @default false
   */
  readonly mutualTls?: boolean;
  readonly firewall: Pick<WebFirewallProps, 'maxRequestsPerAddress' | 'paths' | 'inspectBodies'>;
}

/**
 * A load balancer on the internet: HTTPS alone, with a firewall, and a log of every request and connection. The gateway
 * behind it gives its listener an action.
 */
export class PublicLoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;
  readonly firewall: WebFirewall;

  constructor(scope: Construct, id: string, props: PublicLoadBalancerProps) {
    super(scope, id);
    const { config, logsKey } = props;
    const removalPolicy = removalPolicyOf(config);
    this.loadBalancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc: props.vpc,
      vpcSubnets: { subnetGroupName: 'public' },
      internetFacing: true,
      securityGroup: props.securityGroup,
      http2Enabled: true,
      dropInvalidHeaderFields: true,
      deletionProtection: config.retainData,
      idleTimeout: props.idleTimeout,
      // A client's connection lives this long at most; then it connects again, to a balancer that may have grown.
      clientKeepAlive: Duration.hours(12),
    });
    if (!config.retainData) {
      acknowledge(
        this.loadBalancer,
        'The environment is one that may be deleted as a whole, with everything in it.',
        ...inRegulations('ELBDeletionProtectionEnabled'),
      );
    }
    const logs = this.addLogs(config, removalPolicy);
    this.loadBalancer.logAccessLogs(logs, 'requests');
    this.loadBalancer.logConnectionLogs(logs, 'connections');
    this.listener = this.addListener(props);
    this.firewall = new WebFirewall(this, 'Firewall', {
      ...props.firewall,
      resourceArn: this.loadBalancer.loadBalancerArn,
      logsKey,
      logRetention: config.logRetentionDays,
      removalPolicy,
    });
  }

  /** Answers that the balancer gave because no service could: no healthy target, or none that answered in time. */
  metricOwnErrors(): IMetric {
    return this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { period: Duration.minutes(1) });
  }

  /** Connections that ended because the client's certificate was missing, unknown or expired, among other TLS errors. */
  metricTlsErrors(): IMetric {
    return this.loadBalancer.metrics.clientTlsNegotiationErrorCount({ period: Duration.minutes(1) });
  }

  private addListener({ config, mutualTls }: PublicLoadBalancerProps): ApplicationListener {
    return this.loadBalancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      // Who may connect stands in NetworkAccess.
      open: false,
      certificates: [ListenerCertificate.fromArn(prerequisite(config.name, 'certificateArn'))],
      sslPolicy: SslPolicy.TLS13_12_RES_PQ,
      ...(mutualTls === true ? { mutualAuthentication: this.verifyDevices(config) } : {}),
    });
  }

  private verifyDevices({ name }: EnvironmentConfig) {
    const bucket = Bucket.fromBucketName(this, 'DeviceAuthorities', prerequisite(name, 'deviceCaBucket'));
    const trustStore = new TrustStore(this, 'TrustStore', { bucket, key: prerequisite(name, 'deviceCaKey') });
    return {
      mutualAuthenticationMode: MutualAuthenticationMode.VERIFY,
      trustStore,
      ignoreClientCertificateExpiry: false,
    };
  }

  private addLogs({ logRetentionDays }: EnvironmentConfig, removalPolicy: RemovalPolicy): Bucket {
    const logs = new Bucket(this, 'Logs', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(logRetentionDays) }],
      removalPolicy,
    });
    acknowledge(
      logs,
      'Elastic Load Balancing delivers logs to buckets with keys of S3 only, not to keys of our own.',
      ...inRegulations('S3DefaultEncryptionKMS'),
    );
    acknowledge(
      logs,
      'The bucket is itself a log: written by Elastic Load Balancing alone, never changed, and deleted after the retention of logs. A log of the log, versions or a copy elsewhere would prove nothing more.',
      `${packs.solutions}-S1`,
      ...inRegulations('S3BucketLoggingEnabled'),
      ...inRegulations('S3BucketReplicationEnabled'),
      ...inRegulations('S3BucketVersioningEnabled'),
      ...inRegulations('S3BucketDefaultLockEnabled'),
    );
    return logs;
  }
}
