import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  PhysicalResourceId,
  PhysicalResourceIdReference,
} from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface WarehouseSettingsProps {
  readonly namespaceName: string;
  readonly namespaceArn: string;
  readonly workgroupArn: string;
  /** Redshift processing units times hours that a day may take. */
  readonly processingUnitHoursPerDay: number;
  /** What happens when it takes more: a metric, or no further query until the next day. */
  readonly onBreach: 'emit-metric' | 'deactivate';
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
}

const service = 'RedshiftServerless';
const usageLimitId = 'usageLimit.usageLimitId';
const secretArn = 'namespace.adminPasswordSecretArn';

/** What CloudFormation cannot say about a warehouse: its usage limit, and which secret the service made. */
export class WarehouseSettings extends Construct {
  readonly adminSecretArn: string;
  private readonly role: Role;
  private readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: WarehouseSettingsProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logsKey,
      retention: props.logRetentionDays,
      removalPolicy: removalPolicyOf(props),
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Sets the usage limit of the warehouse and asks for its secret while the stack is deployed',
    });
    this.logGroup.grantWrite(this.role);
    this.limitUsage(props);
    this.adminSecretArn = this.askForSecret(props);
    this.acknowledgeFunction();
  }

  private limitUsage(props: WarehouseSettingsProps): void {
    const amount = props.processingUnitHoursPerDay;
    const { onBreach: breachAction, workgroupArn } = props;
    const usageLimitIdReference = new PhysicalResourceIdReference();
    const limit = { amount, breachAction };
    new AwsCustomResource(this, 'UsageLimit', {
      resourceType: 'Custom::WarehouseUsageLimit',
      onCreate: {
        service,
        action: 'createUsageLimit',
        parameters: { resourceArn: workgroupArn, usageType: 'serverless-compute', period: 'daily', ...limit },
        physicalResourceId: PhysicalResourceId.fromResponse(usageLimitId),
        outputPaths: [usageLimitId],
      },
      onUpdate: {
        service,
        action: 'updateUsageLimit',
        parameters: { usageLimitId: usageLimitIdReference, ...limit },
        physicalResourceId: PhysicalResourceId.fromResponse(usageLimitId),
        outputPaths: [usageLimitId],
      },
      onDelete: {
        service,
        action: 'deleteUsageLimit',
        parameters: { usageLimitId: usageLimitIdReference },
        // With the workgroup its limit has gone as well.
        ignoreErrorCodesMatching: 'ResourceNotFoundException',
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({
          actions: ['CreateUsageLimit', 'UpdateUsageLimit', 'DeleteUsageLimit'].map(
            (action) => `redshift-serverless:${action}`,
          ),
          resources: ['*'],
        }),
      ]),
      ...this.common(),
    });
  }

  private askForSecret({ namespaceName, namespaceArn }: WarehouseSettingsProps): string {
    const answer = new AwsCustomResource(this, 'Secret', {
      resourceType: 'Custom::WarehouseSecret',
      onUpdate: {
        service,
        action: 'getNamespace',
        parameters: { namespaceName },
        outputPaths: [secretArn],
        physicalResourceId: PhysicalResourceId.of('warehouse-secret'),
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['redshift-serverless:GetNamespace'], resources: [namespaceArn] }),
      ]),
      ...this.common(),
    });
    return answer.getResponseField(secretArn);
  }

  private common() {
    return { role: this.role, logGroup: this.logGroup, memorySize: 256, installLatestAwsSdk: false };
  }

  private acknowledgeFunction(): void {
    const id = `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`;
    acknowledge(
      Stack.of(this).node.findChild(id),
      'Runs for seconds while the stack is deployed and calls the API of Redshift Serverless; CloudFormation waits for its answer, so failures show in the deployment. It reaches no part of the network and sees no record.',
      ...inRegulations('LambdaConcurrency'),
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaInsideVPC'),
      `${packs.serverless}-LambdaDLQ`,
      `${packs.serverless}-LambdaTracing`,
    );
    acknowledge(
      this,
      'Actions on usage limits name no resource. The role is used while this stack is deployed, by the function above alone.',
      `${packs.solutions}-IAM5[Resource::*]`,
    );
  }
}
