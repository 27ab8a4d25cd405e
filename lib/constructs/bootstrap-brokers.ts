import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';

export interface BootstrapBrokersProps {
  readonly clusterArn: string;
  /** What the addresses depend on, in words: when it changes they are asked for again. */
  readonly variant: string;
  /** Encrypts the log. */
  readonly logsKey: IKey;
  readonly logRetentionDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

const iamBrokers = 'BootstrapBrokerStringSaslIam';
const scramBrokers = 'BootstrapBrokerStringSaslScram';

/** Addresses of a cluster's brokers: the cluster's resource does not tell them, its API does. */
export class BootstrapBrokers extends Construct {
  /** `host:9098,…` */
  readonly iam: string;
  /** `host:9096,…` */
  readonly scram: string;

  constructor(scope: Construct, id: string, props: BootstrapBrokersProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logsKey,
      retention: props.logRetentionDays,
      removalPolicy: props.removalPolicy,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Asks for the addresses of the brokers while the stack is deployed',
    });
    logGroup.grantWrite(role);
    const answer = new AwsCustomResource(this, 'Answer', {
      resourceType: 'Custom::BootstrapBrokers',
      onUpdate: {
        service: 'Kafka',
        action: 'getBootstrapBrokers',
        parameters: { ClusterArn: props.clusterArn },
        outputPaths: [iamBrokers, scramBrokers],
        physicalResourceId: PhysicalResourceId.of(`bootstrap-brokers/${props.variant}`),
      },
      policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [props.clusterArn] }),
      role,
      logGroup,
      memorySize: 256,
      installLatestAwsSdk: false,
    });
    this.iam = answer.getResponseField(iamBrokers);
    this.scram = answer.getResponseField(scramBrokers);
    this.acknowledgeFunction();
  }

  private acknowledgeFunction(): void {
    const id = `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`;
    acknowledge(
      Stack.of(this).node.findChild(id),
      'Runs for seconds while the stack is deployed and asks one question of the MSK API; CloudFormation waits for its answer, so failures show in the deployment. It reaches no part of the network.',
      ...inRegulations('LambdaConcurrency'),
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaInsideVPC'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaTracing`,
    );
  }
}
