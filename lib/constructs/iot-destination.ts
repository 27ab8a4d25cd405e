import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRuleDestination } from 'aws-cdk-lib/aws-iot';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IDependable } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';
import { DeploymentStep } from './deployment-step.ts';

/** What IoT Core needs of a cluster to log in: it cannot use IAM. */
export interface ScramBrokers {
  /** `host:9096,…`. */
  readonly bootstrapScram: string;
  /** Name, not ARN, of the secret with `username` and `password`. */
  readonly scramSecretName: string;
}

export interface IotDestinationProps {
  readonly vpc: IVpc;
  /** Group of the interfaces that IoT Core puts into the network. */
  readonly securityGroup: ISecurityGroup;
  /** @default the private subnets */
  readonly vpcSubnets?: SubnetSelection;
  readonly brokers: ScramBrokers;
  /** Key of the secret and of the error queue. */
  readonly encryptionKey: IKey;
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the log of the function that waits for the destination. */
  readonly retainData: boolean;
}

/**
 * The way from IoT Core to the brokers, shared by all rules: interfaces in the network, the right to read the SCRAM
 * secret, and the queue that takes messages the brokers did not.
 */
export class IotDestination extends Construct {
  readonly destinationArn: string;
  readonly brokers: ScramBrokers;
  /** Role that `get_secret` reads the user name and the password with. */
  readonly secretRole: Role;
  /** Messages that a rule could not hand on, as IoT Core wraps them: reason and payload. */
  readonly errors: Queue;
  readonly errorRole: Role;
  /** Done when IoT Core reaches the network: rules must not stand before. */
  readonly ready: IDependable;
  readonly #encryptionKey: IKey;

  constructor(scope: Construct, id: string, props: IotDestinationProps) {
    super(scope, id);
    this.brokers = props.brokers;
    this.#encryptionKey = props.encryptionKey;
    this.destinationArn = this.addDestination(props).attrArn;
    this.ready = this.addGate(props);
    this.secretRole = this.addSecretRole();
    this.errors = new Queue(this, 'Errors', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(2),
    });
    acknowledge(
      this.errors,
      'The queue is itself the last stop of messages that failed; an alarm watches it and the runbook says how to send them again.',
      `${packs.solutions}-SQS3`,
      `${packs.serverless}-SQSRedrivePolicy`,
    );
    this.errorRole = this.addErrorRole();
  }

  /** Messages that could not be handed on and wait to be looked at. */
  metricErrors(): IMetric {
    return this.errors.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(1) });
  }

  private addDestination({ vpc, securityGroup, vpcSubnets }: IotDestinationProps): CfnTopicRuleDestination {
    const { subnetIds } = vpc.selectSubnets(vpcSubnets ?? { subnetGroupName: 'private' });
    // IoT Core tries the rights while the destination is created. A policy of its own would be attached too late.
    const role = new Role(this, 'NetworkRole', {
      assumedBy: iotOfThisAccount(this),
      inlinePolicies: { NetworkInterfaces: this.networkRights(subnetIds, securityGroup) },
    });
    acknowledge(
      role,
      'Describing has no resource-level rights in EC2. Interfaces get their ids when IoT Core creates them; the statement confines creating to the subnets and the security group of this destination.',
      `${packs.solutions}-IAM5[Resource::*]`,
      `${packs.solutions}-IAM5[Resource::arn:${Stack.of(this).partition}:ec2:${Stack.of(this).region}:<AWS::AccountId>:network-interface/*]`,
    );
    return new CfnTopicRuleDestination(this, 'Destination', {
      vpcProperties: {
        vpcId: vpc.vpcId,
        subnetIds,
        securityGroups: [securityGroup.securityGroupId],
        roleArn: role.roleArn,
      },
    });
  }

  /** CloudFormation counts the destination as made while IoT Core still makes its interfaces. */
  private addGate({ logsKey, logRetentionDays, retainData }: IotDestinationProps): DeploymentStep {
    const handler = new BundledFunction(this, 'Gate', {
      entry: 'iot-destination',
      description: 'Waits during a deployment until IoT Core reaches the network of the brokers',
      logsKey,
      logRetentionDays,
      retainData,
      memoryMb: 256,
      timeout: Duration.minutes(13),
      environment: { [environment.iotDestination]: this.destinationArn },
      // Two would only wait for the same.
      reservedConcurrency: 1,
    });
    handler.addToRolePolicy(
      new PolicyStatement({ actions: ['iot:GetTopicRuleDestination'], resources: [this.destinationArn] }),
    );
    acknowledge(
      handler,
      'Called by deployments only, which wait for the answer and end with its failure: there is no event to keep. It asks one question of IoT Core, which has no place in the network.',
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaInsideVPC'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return new DeploymentStep(this, 'Ready', { handler });
  }

  private networkRights(subnetIds: readonly string[], securityGroup: ISecurityGroup): PolicyDocument {
    const ec2 = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ec2', resource, resourceName });
    const interfaces = ec2('network-interface', '*');
    return new PolicyDocument({
      statements: [
        new PolicyStatement({
          actions: ['ec2:CreateNetworkInterface'],
          resources: [
            interfaces,
            ec2('security-group', securityGroup.securityGroupId),
            ...subnetIds.map((subnetId) => ec2('subnet', subnetId)),
          ],
        }),
        new PolicyStatement({
          actions: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface'],
          resources: [interfaces],
        }),
        new PolicyStatement({
          actions: [
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeSubnets',
            'ec2:DescribeVpcAttribute',
            'ec2:DescribeVpcs',
          ],
          resources: ['*'],
        }),
      ],
    });
  }

  private addSecretRole(): Role {
    const { scramSecretName } = this.brokers;
    const secret = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      // Secrets Manager adds a dash and six characters to the name.
      resourceName: `${scramSecretName}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const inlinePolicies = {
      ScramSecret: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
            resources: [secret],
          }),
          new PolicyStatement({ actions: ['kms:Decrypt'], resources: [this.#encryptionKey.keyArn] }),
        ],
      }),
    };
    return new Role(this, 'SecretRole', { assumedBy: iotOfThisAccount(this), inlinePolicies });
  }

  private addErrorRole(): Role {
    const statements = [
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.errors.queueArn] }),
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.#encryptionKey.keyArn],
      }),
    ];
    return new Role(this, 'ErrorRole', {
      assumedBy: iotOfThisAccount(this),
      inlinePolicies: { SendErrors: new PolicyDocument({ statements }) },
    });
  }
}

/** IoT Core, when it acts for this account. */
export function iotOfThisAccount(scope: Construct): ServicePrincipal {
  return new ServicePrincipal('iot.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });
}
