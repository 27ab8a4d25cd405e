import { Duration, Stack } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Capability,
  Cluster,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationProtocol,
  ApplicationProtocolVersion,
  ApplicationTargetGroup,
  type HealthCheck,
  ListenerAction,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { awsMetrics } from '../../src/catalogue/metrics.ts';
import { acknowledge, packs } from '../checks/acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { hasProgram, type ServiceName } from '../services/bundle-service.ts';
import { serviceImage } from '../services/service-image.ts';
import type { PublicLoadBalancer } from './public-load-balancer.ts';

export interface FargateGatewayProps {
  readonly config: EnvironmentConfig;
  /** Folder of `src/services`; until it has a `main.ts` everything but the service itself is made. */
  readonly program: ServiceName;
  readonly loadBalancer: PublicLoadBalancer;
  readonly vpc: IVpc;
  /** Groups of the tasks: what they may be reached from and what they reach. */
  readonly securityGroups: readonly ISecurityGroup[];
  /** `grpc`, or `http` for HTTP/1.1 and WebSocket. */
  readonly protocol: 'grpc' | 'http';
  /** Port that the program listens on. */
  readonly port: number;
  /**
   * Path that answers 200 while the program is well.
   * @default `grpc.health.v1` for gRPC, /health for HTTP
   */
  readonly healthPath?: string;
  /**
   * What the listener does before it forwards, for example signing people in.
   * @default it forwards at once
   */
  readonly before?: (forward: ListenerAction) => ListenerAction;
  /** Variables beside those that say where to listen. */
  readonly environment: Readonly<Record<string, string>>;
  /** Load a task, beside CPU, above which there is one task more. */
  readonly scaling: ScalingTarget;
  readonly logsKey: IKey;
}

export interface ScalingTarget {
  /**
   * Load of one task, as the average over all.
   * @default - requests a minute that the load balancer sends to one task
   */
  readonly metric?: IMetric;
  readonly target: number;
}

/** CPU that the service is scaled to, per cent: room for what comes while a new task starts. */
const cpuTargetPercent = 55;

/** Time that a stopping task gets to answer what is under way; above the gateways' own limit. */
const stopTimeout = Duration.seconds(30);

/**
 * A long-running program behind a load balancer: ARM64 tasks in the private subnets, without a writable disk, a shell's
 * need or root, replaced one by one and rolled back when the new ones do not become healthy.
 */
export class FargateGateway extends Construct {
  /** Role of the program; stacks grant to it. */
  readonly taskRole: Role;
  readonly targetGroup: ApplicationTargetGroup;
  readonly logGroup: LogGroup;
  /** Absent until the program exists. */
  readonly service: FargateService | undefined;
  readonly #loadBalancer: PublicLoadBalancer;

  constructor(scope: Construct, id: string, props: FargateGatewayProps) {
    super(scope, id);
    const { config, loadBalancer } = props;
    this.#loadBalancer = loadBalancer;
    this.taskRole = new Role(this, 'TaskRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    this.logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logsKey,
      retention: config.logRetentionDays,
      removalPolicy: removalPolicyOf(config),
    });
    this.targetGroup = this.addTargetGroup(props);
    const forward = ListenerAction.forward([this.targetGroup]);
    loadBalancer.listener.addAction('Forward', { action: props.before?.(forward) ?? forward });
    this.service = hasProgram(props.program) ? this.addService(props) : undefined;
  }

  /** Answers of 500 and above, and their gRPC kin, that the program itself gave. */
  metricServerErrors(): IMetric {
    return this.metric(awsMetrics.loadBalancer.targetErrors, 'Sum');
  }

  /** Answers of 500 and above that the load balancer gave for lack of a program. */
  metricUnanswered(): IMetric {
    return this.#loadBalancer.metricOwnErrors();
  }

  /** Tasks that the load balancer found unwell. */
  metricUnhealthyTasks(): IMetric {
    return this.metric(awsMetrics.loadBalancer.unhealthyTargets, 'Maximum');
  }

  /** Tasks that take traffic. */
  metricHealthyTasks(): IMetric {
    return this.metric(awsMetrics.loadBalancer.healthyTargets, 'Minimum');
  }

  /** Requests a minute of one task. */
  metricRequestsPerTask(): IMetric {
    return this.metric(awsMetrics.loadBalancer.requestsPerTarget, 'Sum');
  }

  /** Time from a request to its answer, s. */
  metricLatency(): IMetric {
    return this.metric(awsMetrics.loadBalancer.latency, 'p99');
  }

  /** Named by attributes: the library takes names out of ARNs, which no other stack can compute. */
  private metric(metricName: string, statistic: string): IMetric {
    const { namespace, balancer, target } = awsMetrics.loadBalancer;
    return new Metric({
      namespace,
      metricName,
      dimensionsMap: {
        [target]: this.targetGroup.targetGroupFullName,
        [balancer]: this.#loadBalancer.loadBalancer.loadBalancerFullName,
      },
      statistic,
      period: Duration.minutes(1),
    });
  }

  private addTargetGroup({ vpc, protocol, port, healthPath }: FargateGatewayProps): ApplicationTargetGroup {
    const grpc = protocol === 'grpc';
    const timing = {
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
    };
    const healthCheck: HealthCheck = grpc
      ? { ...timing, path: healthPath ?? '/grpc.health.v1.Health/Check', healthyGrpcCodes: '0' }
      : { ...timing, path: healthPath ?? '/health', healthyHttpCodes: '200' };
    return new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTP,
      protocolVersion: grpc ? ApplicationProtocolVersion.GRPC : ApplicationProtocolVersion.HTTP1,
      deregistrationDelay: stopTimeout,
      healthCheck,
    });
  }

  private addService(props: FargateGatewayProps): FargateService {
    const { config, vpc } = props;
    const cluster = new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENABLED });
    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.taskDefinition(props),
      vpcSubnets: { subnetGroupName: 'private' },
      securityGroups: [...props.securityGroups],
      assignPublicIp: false,
      enableExecuteCommand: false,
      circuitBreaker: { enable: true, rollback: true },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: Duration.seconds(30),
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      propagateTags: PropagatedTagSource.SERVICE,
    });
    service.attachToApplicationTargetGroup(this.targetGroup);
    const { minTasks, maxTasks } = config.gateway;
    const scaling = service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
    const cooldown = { scaleOutCooldown: Duration.seconds(30), scaleInCooldown: Duration.minutes(5) };
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: cpuTargetPercent, ...cooldown });
    scaling.scaleToTrackCustomMetric('Load', {
      metric: props.scaling.metric ?? this.metricRequestsPerTask(),
      targetValue: props.scaling.target,
      ...cooldown,
    });
    return service;
  }

  private taskDefinition(props: FargateGatewayProps): FargateTaskDefinition {
    const { config, port, program } = props;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: config.gateway.cpu,
      memoryLimitMiB: config.gateway.memoryMib,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      taskRole: this.taskRole,
    });
    const linuxParameters = new LinuxParameters(this, 'Linux');
    linuxParameters.dropCapabilities(Capability.ALL);
    task.addContainer('Program', {
      image: serviceImage(this, program),
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      user: '1000:1000',
      linuxParameters,
      stopTimeout,
      environment: {
        ...props.environment,
        [variables.listenHost]: '0.0.0.0',
        [variables.listenPort]: String(port),
      },
      // Non-blocking: a log service that is slow must not hold up what the program does.
      logging: LogDriver.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: program,
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    acknowledge(
      task,
      'The variables say where the program listens and where the cluster is; it signs in with its role and holds no secret.',
      `${packs.solutions}-ECS2`,
    );
    if (task.executionRole !== undefined) {
      acknowledge(
        task.executionRole,
        'ecr:GetAuthorizationToken knows no resource; pulling itself is confined to the repository of the image.',
        `${packs.solutions}-IAM5[Resource::*]`,
      );
    }
    return task;
  }
}
