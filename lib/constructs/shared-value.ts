import { CfnOutput, Fn, Lazy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * A value that is computed where it is made and read by other stacks as an output. CDK would hand the other stack the
 * parts and let it compute; CloudFormation refuses that: `Fn::GetStackOutput` may stand in `Fn::Join`, `Fn::Select` and
 * `Fn::If`, and nowhere else, so not in `Fn::Split`.
 * @param name Name of the output: frozen, other stacks and regions read it.
 */
export function sharedValue(scope: Construct, name: string, value: string): string {
  const own = Stack.of(scope);
  new CfnOutput(own, name, { value }).overrideLogicalId(name);
  return Lazy.uncachedString({
    produce: ({ scope: reader }) => {
      const stack = Stack.of(reader);
      return stack === own ? value : valueOf(own, name, stack);
    },
  });
}

function valueOf(owner: Stack, name: string, reader: Stack): string {
  const elsewhere = owner.region !== reader.region;
  return Fn.getStackOutput(owner.stackName, name, ...(elsewhere ? [owner.region] : []));
}
