import { describe, expect, test } from '@jest/globals';
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { environments } from '../../../lib/config.ts';
import { FargateGateway, type FargateGatewayProps } from '../../../lib/constructs/fargate-gateway.ts';
import { PublicLoadBalancer, type PublicLoadBalancerProps } from '../../../lib/constructs/public-load-balancer.ts';
import { hasProgram } from '../../../lib/services/bundle-service.ts';
import { constructBench, synthesised } from '../construct-bench.ts';

const config = environments.prod;

function made(
  gateway: Partial<FargateGatewayProps> & Pick<FargateGatewayProps, 'protocol' | 'program'>,
  balancer: Partial<PublicLoadBalancerProps> = {},
) {
  const { stack, network, keys } = constructBench('prod');
  const { vpc, access } = network;
  const loadBalancer = new PublicLoadBalancer(stack, 'Balancer', {
    config,
    vpc,
    securityGroup: access.loadBalancers,
    logsKey: keys.logs,
    idleTimeout: Duration.hours(1),
    firewall: { maxRequestsPerAddress: 1_000 },
    ...balancer,
  });
  new FargateGateway(stack, 'Gateway', {
    config,
    loadBalancer,
    vpc,
    securityGroups: [access.services, access.kafkaClients],
    port: 50_051,
    environment: { EVENT_BUS_KAFKA_AUTH: 'iam' },
    scaling: { metric: new Metric({ namespace: 'EventBus', metricName: 'ReadingsPerSecond' }), target: 1_000 },
    logsKey: keys.logs,
    ...gateway,
  });
  return synthesised(stack);
}

const paths = ['/ingest.v1.IngestService/', '/grpc.health.v1.Health/'];
const firewall = { maxRequestsPerAddress: 1_000, paths, inspectBodies: false };
const grpc = made({ protocol: 'grpc', program: 'ingest' }, { mutualTls: true, firewall });
const http = made({ protocol: 'http', program: 'realtime', port: 8_080 });

const first = (resources: typeof grpc, type: string) => resources(type)[0]?.Properties ?? {};

const attributes = (resources: typeof grpc) => {
  const list = first(resources, 'AWS::ElasticLoadBalancingV2::LoadBalancer')['LoadBalancerAttributes'];
  return Object.fromEntries((list as { Key: string; Value: unknown }[]).map(({ Key, Value }) => [Key, Value]));
};

describe('the load balancer of gRPC', () => {
  test('trap 17: the listener speaks HTTPS with the post-quantum policy, the targets gRPC', () => {
    expect(first(grpc, 'AWS::ElasticLoadBalancingV2::Listener')).toMatchObject({
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      Certificates: [{ CertificateArn: '{{resolve:ssm:/event-bus/prod/certificate-arn}}' }],
    });
    expect(grpc('AWS::ElasticLoadBalancingV2::Listener')).toHaveLength(1);
    expect(first(grpc, 'AWS::ElasticLoadBalancingV2::TargetGroup')).toMatchObject({
      Protocol: 'HTTP',
      ProtocolVersion: 'GRPC',
      TargetType: 'ip',
    });
  });

  test('trap 17: health is a gRPC answer of 0, not an HTTP answer of 200', () => {
    expect(first(grpc, 'AWS::ElasticLoadBalancingV2::TargetGroup')).toMatchObject({
      HealthCheckPath: '/grpc.health.v1.Health/Check',
      Matcher: { GrpcCode: '0' },
    });
  });

  test('trap 17: a silent stream outlives the minute that load balancers grant by default', () => {
    expect(attributes(grpc)).toMatchObject({
      'idle_timeout.timeout_seconds': '3600',
      'client_keep_alive.seconds': '43200',
    });
  });

  test('devices must show a certificate of the bundle that has not expired', () => {
    expect(first(grpc, 'AWS::ElasticLoadBalancingV2::Listener')['MutualAuthentication']).toMatchObject({
      Mode: 'verify',
      IgnoreClientCertificateExpiry: false,
    });
    expect(first(grpc, 'AWS::ElasticLoadBalancingV2::TrustStore')).toMatchObject({
      CaCertificatesBundleS3Bucket: '{{resolve:ssm:/event-bus/prod/device-ca-bucket}}',
      CaCertificatesBundleS3Key: '{{resolve:ssm:/event-bus/prod/device-ca-key}}',
    });
  });

  test('logs every request and every connection, cannot be deleted by accident, and drops malformed headers', () => {
    expect(attributes(grpc)).toMatchObject({
      'access_logs.s3.enabled': 'true',
      'connection_logs.s3.enabled': 'true',
      'deletion_protection.enabled': 'true',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
    });
  });
});

describe('the firewall', () => {
  interface AclRule {
    readonly Name: string;
    readonly Statement: unknown;
    readonly Action?: unknown;
  }
  const rulesOf = (resources: typeof grpc) => first(resources, 'AWS::WAFv2::WebACL')['Rules'] as readonly AclRule[];

  test('of gRPC serves its own paths alone, bounds an address, and reads no bodies', () => {
    expect(rulesOf(grpc).map(({ Name }) => Name)).toEqual([
      'OtherPaths',
      'TooManyRequests',
      'AWSManagedRulesAmazonIpReputationList',
    ]);
    expect(JSON.stringify(rulesOf(grpc)[0])).toContain('/ingest.v1.IngestService/');
    expect(rulesOf(grpc)[1]?.Statement).toMatchObject({ RateBasedStatement: { Limit: 1_000, AggregateKeyType: 'IP' } });
  });

  test('of HTTP has the managed rules for bodies and known bad input', () => {
    expect(rulesOf(http).map(({ Name }) => Name)).toEqual([
      'TooManyRequests',
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
  });

  test('is attached to the balancer and logs what it did without tokens and cookies', () => {
    const balancer = grpc('AWS::ElasticLoadBalancingV2::LoadBalancer')[0]?.id;
    expect(first(grpc, 'AWS::WAFv2::WebACLAssociation')['ResourceArn']).toEqual({ Ref: balancer });
    expect(first(grpc, 'AWS::WAFv2::LoggingConfiguration')['RedactedFields']).toEqual([
      { SingleHeader: { Name: 'authorization' } },
      { SingleHeader: { Name: 'cookie' } },
    ]);
    const names = grpc('AWS::Logs::LogGroup').map(({ Properties }) => Properties['LogGroupName']);
    expect(names).toContain('aws-waf-logs-under-test');
  });
});

describe('the service', () => {
  const task = first(grpc, 'AWS::ECS::TaskDefinition');
  const [container] = task['ContainerDefinitions'] as readonly Readonly<Record<string, unknown>>[];

  test('runs on ARM without root, without a writable disk and without a capability of the kernel', () => {
    expect(task).toMatchObject({
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      Cpu: '2048',
      Memory: '4096',
    });
    expect(container).toMatchObject({
      ReadonlyRootFilesystem: true,
      User: '1000:1000',
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      StopTimeout: 30,
    });
    expect(container?.['Privileged']).toBeUndefined();
  });

  test('is told where to listen, and logs without ever waiting for the log service', () => {
    expect(container?.['Environment']).toEqual([
      { Name: 'EVENT_BUS_KAFKA_AUTH', Value: 'iam' },
      { Name: 'EVENT_BUS_LISTEN_HOST', Value: '0.0.0.0' },
      { Name: 'EVENT_BUS_LISTEN_PORT', Value: '50051' },
    ]);
    expect(container?.['LogConfiguration']).toMatchObject({ Options: { mode: 'non-blocking' } });
  });

  test('rolls back a deployment that does not become healthy, and never has fewer tasks than it needs', () => {
    expect(first(grpc, 'AWS::ECS::Service')).toMatchObject({
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      EnableExecuteCommand: false,
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    });
  });

  test('trap 17: is made after the listener, without which its targets cannot be registered', () => {
    const listener = grpc('AWS::ElasticLoadBalancingV2::Listener')[0]?.id;
    expect(grpc('AWS::ECS::Service')[0]?.DependsOn).toContain(listener);
  });

  test('scales between the sizes of its environment, on CPU and on its own measure', () => {
    expect(first(grpc, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({
      MinCapacity: config.gateway.minTasks,
      MaxCapacity: config.gateway.maxTasks,
    });
    const policies = grpc('AWS::ApplicationAutoScaling::ScalingPolicy').map(
      ({ Properties }) => Properties['TargetTrackingScalingPolicyConfiguration'],
    );
    expect(policies).toEqual([
      expect.objectContaining({ TargetValue: 55 }),
      expect.objectContaining({
        TargetValue: 1_000,
        CustomizedMetricSpecification: expect.objectContaining({ MetricName: 'ReadingsPerSecond' }),
      }),
    ]);
  });

  test('has a role without any right of its own, which only tasks of this account may take', () => {
    const roles = grpc('AWS::IAM::Role').filter(({ id }) => id.startsWith('GatewayTaskRole'));
    expect(roles).toHaveLength(1);
    expect(roles[0]?.Properties).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
    expect(grpc('AWS::IAM::Policy').map(({ id }) => id)).toEqual([expect.stringMatching(/ExecutionRole/)]);
  });
});

describe('a gateway whose program is still to be written', () => {
  test('has its balancer, targets, role and log, and a service exactly when the program exists', () => {
    const services = hasProgram('realtime') ? 1 : 0;
    expect(http('AWS::ECS::Service')).toHaveLength(services);
    expect(http('AWS::ECS::TaskDefinition')).toHaveLength(services);
    expect(first(http, 'AWS::ElasticLoadBalancingV2::TargetGroup')).toMatchObject({
      ProtocolVersion: 'HTTP1',
      HealthCheckPath: '/health',
      Matcher: { HttpCode: '200' },
    });
    expect(http('AWS::IAM::Role').some(({ id }) => id.startsWith('GatewayTaskRole'))).toBe(true);
  });
});
