import { Duration, Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct, type IDependable } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import type { BundledFunction } from './bundled-function.ts';

export interface DeploymentStepProps {
  /** Does the step; it may be called again with the same outcome, and throws when the deployment must not go on. */
  readonly handler: BundledFunction;
  /** What has to stand before. @default - what the function itself refers to */
  readonly after?: readonly IDependable[];
}

/**
 * Calls a function in the middle of a deployment, and again whenever its code or its configuration has changed. A stack
 * that depends on this one is deployed after the step has succeeded.
 */
export class DeploymentStep extends Construct {
  constructor(scope: Construct, id: string, { handler, after = [] }: DeploymentStepProps) {
    super(scope, id);
    new Trigger(this, 'Call', { handler, timeout: Duration.minutes(14) }).node.addDependency(...after);
    acknowledgeCaller(this, handler);
  }
}

/** The function of CDK that calls ours; a stack has one. */
function acknowledgeCaller(step: DeploymentStep, handler: BundledFunction): void {
  const stack = Stack.of(step);
  const caller = stack.node.findChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider');
  acknowledge(
    caller,
    'CDK’s own function calls ours while a stack is deployed and at no other time. It gets no data, writes a log, calls two AWS APIs and answers CloudFormation, which needs no place in the network; its failure fails the deployment, so no letter can be lost.',
    `${packs.solutions}-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]`,
    `${packs.solutions}-L1`,
    ...inRegulations('LambdaConcurrency'),
    ...inRegulations('LambdaDLQ'),
    ...inRegulations('LambdaInsideVPC'),
    `${packs.serverless}-LambdaDLQ`,
    `${packs.serverless}-LambdaTracing`,
  );
  acknowledge(
    caller,
    'Every version of this one function: the version that is called is made in the same deployment.',
    `${packs.solutions}-IAM5[Resource::<${stack.getLogicalId(handler.node.defaultChild as CfnFunction)}.Arn>:*]`,
  );
}
