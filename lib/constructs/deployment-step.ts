import { Duration, Stack } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct, type IDependable } from 'constructs';
import { acknowledge } from '../checks/acknowledge.ts';
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
    acknowledgeCaller(this);
  }
}

/** The function of CDK that calls ours; a stack has one. */
function acknowledgeCaller(step: DeploymentStep): void {
  acknowledge(
    Stack.of(step).node.findChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider'),
    'CDK’s own function calls this one while a stack is deployed and at no other time. The wildcard stands for its versions: the one that is called is made in the same deployment.',
    'event-bus::policy-wildcard',
  );
}
