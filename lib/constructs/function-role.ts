import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge, packs } from '../checks/acknowledge.ts';

export interface FunctionRoleProps {
  readonly description: string;
  readonly logGroup: ILogGroup;
  /** Whether the function has an address in a network. */
  readonly inNetwork: boolean;
}

/**
 * Role of a function in place of the managed policies, which allow more: it writes its own log and its traces, and in a
 * network Lambda manages its interfaces.
 */
export function functionRole(scope: Construct, id: string, props: FunctionRoleProps): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: props.description,
  });
  props.logGroup.grantWrite(role);
  if (props.inNetwork) allowInterfaces(role);
  acknowledge(
    role,
    `X-Ray's actions to write segments name no resource.${props.inNetwork ? ' EC2 decides where an interface goes when Lambda makes it; a second statement denies the same actions to the code of the functions.' : ''}`,
    `${packs.solutions}-IAM5[Resource::*]`,
  );
  return role;
}

const makeInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

const seeNetwork = [
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'ec2:DescribeSecurityGroups',
];

/** Lambda makes the interfaces with the function's role; the code itself is kept from doing so. */
function allowInterfaces(role: Role): void {
  const actions = [...makeInterfaces, ...seeNetwork];
  role.addToPolicy(new PolicyStatement({ sid: 'LambdaMakesInterfaces', actions, resources: ['*'] }));
  const anyFunction = Stack.of(role).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPolicy(
    new PolicyStatement({
      sid: 'CodeDoesNot',
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      // Set when code inside of a function calls, absent when Lambda itself does.
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
    }),
  );
}
