import { CustomResource, Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';

export interface ClusterAccessProps {
  readonly cluster: EventBusCluster;
  /** Topics that IoT Core writes to. */
  readonly topics: readonly string[];
  readonly vpc: IVpc;
  /** Group that may reach the brokers. */
  readonly securityGroup: ISecurityGroup;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the rules, as it leaves the cluster. */
  readonly retainData: boolean;
}

/**
 * The access rules of IoT Core's users, which CloudFormation has no resource for: they may describe and write the topics of
 * the MQTT routes and do nothing else. A function in the network makes them through Kafka's own protocol. It answers to
 * CDK's framework function, which answers to CloudFormation, so nothing in the network needs a way out.
 */
export class ClusterAccess extends Construct {
  constructor(scope: Construct, id: string, props: ClusterAccessProps) {
    super(scope, id);
    const { cluster } = props;
    const { serviceToken } = this.addProvider(this.addFunction(props), props);
    for (const principal of cluster.scramPrincipals) {
      const rules = new CustomResource(this, principal, {
        resourceType: 'Custom::ClusterAccess',
        serviceToken,
        removalPolicy: removalPolicyOf(props),
        properties: {
          principal,
          topics: [...new Set(props.topics)].sort(),
          // Another cluster starts without rules.
          clusterArn: cluster.clusterArn,
        },
      });
      rules.node.addDependency(cluster.userKnown);
      cluster.addStep(rules);
    }
  }

  private addFunction(props: ClusterAccessProps): BundledFunction {
    const { cluster, vpc, securityGroup, logsKey, logRetentionDays, retainData } = props;
    const handler = new BundledFunction(this, 'Function', {
      entry: 'cluster-acls',
      description: 'Keeps the access rules of IoT Core on the cluster while the stack is deployed',
      vpc,
      securityGroups: [securityGroup],
      logsKey,
      logRetentionDays,
      retainData,
      memoryMb: 256,
      timeout: Duration.minutes(10),
      environment: { [environment.kafka]: cluster.bootstrapIam, [environment.kafkaAuth]: 'iam' },
    });
    cluster.grantManageAccess(handler);
    acknowledge(
      handler,
      'Runs for seconds while the stack is deployed. CloudFormation waits for its answer, so a failure shows in the deployment and nothing is lost that a dead-letter queue could keep.',
      ...inRegulations('LambdaConcurrency'),
      ...inRegulations('LambdaDLQ'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return handler;
  }

  private addProvider(onEventHandler: IFunction, props: ClusterAccessProps): Provider {
    const logGroup = new LogGroup(this, 'FrameworkLogs', {
      encryptionKey: props.logsKey,
      retention: props.logRetentionDays,
      removalPolicy: removalPolicyOf(props),
    });
    const role = new Role(this, 'FrameworkRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const provider = new Provider(this, 'Provider', { onEventHandler, frameworkOnEventRole: role, logGroup });
    acknowledge(
      provider,
      'The function of CDK that carries the answer to CloudFormation, while the stack is deployed. It reaches CloudFormation and the one function it calls, and no part of the network.',
      ...inRegulations('LambdaConcurrency'),
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaInsideVPC'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaDefaultMemorySize`,
      `${packs.serverless}-LambdaTracing`,
    );
    acknowledgeResources(
      role,
      'The wildcard stands for the versions of the one function that is called.',
      `${onEventHandler.functionArn}:*`,
    );
    return provider;
  }
}
